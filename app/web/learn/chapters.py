"""The chapters of the course, in the order in which they build on each other."""

from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).parents[3] / "templates"


@dataclass(frozen=True)
class Chapter:
    """One question, and what answers it.

    Attributes:
        number: its place, from 1.
        slug: its name in addresses, of its template and of its folder of scripts.
        title: what it is about, two or three words.
        question: that it answers.
        line: what one does there, a sentence.
        until_then: for a chapter that is not written, a page that answers some of it, beneath the
            root, and what it is called.
    """

    number: int
    slug: str
    title: str
    question: str
    line: str
    until_then: tuple[str, str] = ("", "")

    @property
    def template(self) -> str:
        """Of its page, beneath `TEMPLATES`."""
        return f"learn/{self.slug}.html"

    @property
    def is_written(self) -> bool:
        """False while there is only its question."""
        return (TEMPLATES / self.template).is_file()


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        1,
        "tensors",
        "Pictures are numbers",
        "How does a machine see, and when are two patches alike?",
        "Drag two patches over your picture and measure how alike they are.",
        ("?lens=maps&layer=input", "the picture as the network sees it, in the microscope"),
    ),
    Chapter(
        2,
        "templates",
        "A template a class",
        "Why does a linear classifier say 7?",
        "Lay a digit under ten templates and see which one answers most.",
        ("?model=softmax.mnist5k&lens=filters", "the ten templates, in the microscope"),
    ),
    Chapter(
        3,
        "scores",
        "Scores and softmax",
        "What does a gap of 1 between two scores mean?",
        "Drag the scores of your picture and watch the probabilities follow.",
        ("", "the scores, in the microscope"),
    ),
    Chapter(
        4,
        "loss",
        "The loss",
        "Why the logarithm?",
        "Edit five confidences and see what one bad answer costs; then count bits.",
    ),
    Chapter(
        5,
        "bend",
        "The bend",
        "What can no stack of linear layers do?",
        "Multiply a stack into one matrix, then train rings of points with a bend between.",
    ),
    Chapter(
        6,
        "descent",
        "Descent",
        "What does a gradient buy?",
        "Race five searchers to the lowest point, and turn the rate up until one flies off.",
    ),
    Chapter(
        7,
        "backpropagation",
        "Backpropagation",
        "Who is to blame?",
        "Step through a graph forwards, then send the blame back, edge by edge.",
    ),
    Chapter(
        8,
        "convolution",
        "Convolution",
        "What size comes out, and why is it one matrix product?",
        "Type a kernel and let it slide over your picture.",
    ),
    Chapter(
        9,
        "convolution-gradients",
        "Convolution, backwards",
        "How often is a pixel used?",
        "Click a pixel, an output or a weight, and see who it works with.",
    ),
    Chapter(
        10,
        "why-convnets",
        "Why convolution",
        "What do sharing and depth buy?",
        "Count the weights both ways; then shift digits and watch five networks cope.",
    ),
    Chapter(
        11,
        "fields",
        "Receptive fields",
        "Which layer can see the whole cat?",
        "Stack layers and watch the box grow.",
        ("fields", "sizes and calculator, on the page of the receptive fields"),
    ),
    Chapter(
        12,
        "designs",
        "Designs",
        "What did each network change?",
        "Open each famous network beside the one before it.",
        ("compare", "two networks beside each other"),
    ),
)


def chapter_named(slug: str) -> Chapter | None:
    """The written chapter of this name, or None."""
    return next((each for each in CHAPTERS if each.slug == slug and each.is_written), None)


def neighbours(chapter: Chapter) -> tuple[Chapter | None, Chapter | None]:
    """The written chapters before and after this one."""
    before = [each for each in CHAPTERS if each.is_written and each.number < chapter.number]
    after = [each for each in CHAPTERS if each.is_written and each.number > chapter.number]
    return (before[-1] if before else None, after[0] if after else None)
