"""The photographs that come with the program; they are pictures that nobody needs to upload."""

from dataclasses import dataclass
from pathlib import Path

DIRECTORY = Path(__file__).parents[2] / "static" / "examples"
_SOURCE = "scikit-image 0.26, skimage.data"


@dataclass(frozen=True)
class Example:
    """A photograph, and whom it comes from."""

    file_name: str
    title: str
    author: str
    licence: str
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
    Example("chelsea.png", "Chelsea, a tabby cat", "Stefan van der Walt", "CC0"),
    Example("coffee.png", "A cup of espresso", "Rachel Michetti", "CC0"),
    Example("rocket.jpg", "A rocket launch", "SpaceX", "Public domain"),
    Example("astronaut.png", "Eileen Collins", "NASA", "Public domain"),
)
