"""The photographs that come with the program; they are pictures that nobody needs to upload."""

from dataclasses import dataclass
from pathlib import Path

DIRECTORY = Path(__file__).parents[2] / "static" / "examples"
_SOURCE = "scikit-image 0.26, skimage.data"


@dataclass(frozen=True)
class Focus:
    """The place of a picture that a person looks at first, in px of the upright picture."""

    y: float
    x: float
    name: str


@dataclass(frozen=True)
class Example:
    """A photograph, whom it comes from, and where to begin to look at it."""

    file_name: str
    title: str
    author: str
    licence: str
    focus: Focus
    source: str = _SOURCE

    @property
    def id(self) -> str:
        """The id under which it is a picture like any uploaded one."""
        return f"example-{Path(self.file_name).stem}"

    @property
    def path(self) -> Path:
        """Its file."""
        return DIRECTORY / self.file_name


EXAMPLES = (
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
