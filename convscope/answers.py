"""What a server answers, as objects with names."""

from dataclasses import dataclass
from dataclasses import field as of_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Score:
    """A class and how much the network is for it; None stands for what is not finite.

    Attributes:
        probability: by softmax over all classes: one of them is right.
        sigmoid: of the logit alone: each may be right.
    """

    index: int
    label: str
    logit: float | None
    probability: float | None
    sigmoid: float | None


@dataclass(frozen=True)
class Box:
    """Half open, in pixels."""

    top: float
    left: float
    bottom: float
    right: float


@dataclass(frozen=True)
class Field:
    """Where a unit looks.

    Attributes:
        theoretical_box: what the geometry says, in pixels of the input; may leave it.
        input_box: the smallest box around what it really reads, None if it reads nothing.
        image_box: the same place in the picture, where one was named.
        touched_fraction: the share of `input_box` that is read.
        answer: all that the server said.
    """

    theoretical_box: Box | None
    input_box: Box | None
    image_box: Box | None
    touched_fraction: float
    answer: dict[str, Any] = of_dataclass(repr=False)


@dataclass(frozen=True)
class LayerRow:
    """A layer in the table of a network.

    Attributes:
        field: side lengths (height, width) of its units' receptive field in pixels of the input;
            None where it is the whole input, or is not known.
        answer: all that the server said of it.
    """

    id: str
    operation: str
    module: str
    inputs: tuple[str, ...]
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    field: tuple[float, float] | None
    answer: dict[str, Any] = of_dataclass(repr=False)


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which pixels speak for a class.

    Attributes:
        map: float32 (height, width) of the network's input; positive speaks for it.
        class_index: of the class, None where a unit was asked about.
        answer: all that the server said of it: options, statistics, completeness.
    """

    map: "npt.NDArray[np.float32]"
    method: str
    class_index: int | None
    label: str | None
    answer: dict[str, Any] = of_dataclass(repr=False)


@dataclass(frozen=True, eq=False)
class Maximised:
    """The picture that excites a channel most.

    Attributes:
        picture: 8-bit RGB or grey, (height, width[, 3]).
        start, end: the channel's value for the noise that it began with, and for the picture.
    """

    picture: "npt.NDArray[np.uint8]"
    start: float | None
    end: float | None
    answer: dict[str, Any] = of_dataclass(repr=False)


def box_of(answer: dict[str, Any] | None) -> Box | None:
    """A box out of an answer."""
    return None if answer is None else Box(**{side: answer[side] for side in Box.__match_args__})
