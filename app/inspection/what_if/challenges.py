"""The challenges of classification, alone and in pairs: the scores of one picture under each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from app.inspection.activations.loading import LoadedModel
from app.inspection.activations.prediction import predict
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress, no_progress
from app.inspection.what_if.shifts import digit_inputs
from models.data.dataset import LabelledPictures
from models.preprocessing.edits import PictureEdit, edit_picture, reduced
from models.preprocessing.preprocessing import DigitPreprocessing

# By name, the properties of `PictureEdit` that are its own; in the order of the course.
CHALLENGES: Mapping[str, tuple[str, ...]] = {
    "viewpoint": ("viewpoint_degrees", "rotation_degrees"),
    "scale": ("scale",),
    "deformation": ("deformation",),
    "occlusion": ("cover_left", "cover_top", "cover_size"),
    "illumination": ("brightness",),
    "clutter": ("clutter",),
}


@dataclass(frozen=True, eq=False)
class ChallengedPicture:
    """What a network says of a picture under some of the challenges.

    Attributes:
        challenges: their names; none: the picture as it was.
        edit: all that was done to it.
        logits: float32 (classes,).
    """

    challenges: tuple[str, ...]
    edit: PictureEdit
    logits: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ChallengeGrid:
    """The picture as it was, under each challenge, under each pair of them, under all."""

    pictures: tuple[ChallengedPicture, ...]

    @property
    def size_bytes(self) -> int:
        """Memory held by the scores."""
        return sum(each.logits.nbytes for each in self.pictures)


def only(edit: PictureEdit, challenges: Sequence[str]) -> PictureEdit:
    """What an edit does of these challenges, and nothing else.

    Args:
        edit: that says how much of each.
        challenges: names of `CHALLENGES`, in any order: what is done first does not depend on it.
    """
    names = [name for challenge in challenges for name in CHALLENGES[challenge]]
    return replace(PictureEdit(), **{name: getattr(edit, name) for name in names})


def combinations_of_challenges() -> list[tuple[str, ...]]:
    """None, each, each pair, all: 1 + 6 + 15 + 1."""
    singles = [(name,) for name in CHALLENGES]
    return [(), *singles, *combinations(CHALLENGES, 2), tuple(CHALLENGES)]


def challenge_grid(
    model: LoadedModel,
    picture: Image.Image,
    edit: PictureEdit,
    others: Sequence[Image.Image],
    *,
    graph: LayerGraph | None = None,
    progress: Progress = no_progress,
) -> ChallengeGrid:
    """Predict the picture under every combination; equal edits are predicted once.

    Args:
        model: the network with its preprocessing.
        picture: upright, mode RGB.
        edit: how much of each challenge.
        others: of which clutter is made.
        graph: of this model; None builds the network itself.
        progress: told after every picture.

    Raises:
        WorkCancelledError: raised by `progress`.
    """
    small = reduced(picture)
    known: dict[PictureEdit, npt.NDArray[np.float32]] = {}
    asked = combinations_of_challenges()
    found = []
    for done, challenges in enumerate(asked, start=1):
        under = only(edit, challenges)
        if under not in known:
            known[under] = predict(model, edit_picture(small, under, others), graph=graph).logits
        found.append(ChallengedPicture(challenges, under, known[under]))
        progress(done, len(asked), None)
    return ChallengeGrid(tuple(found))


def scores_of_digits(
    graph: LayerGraph, preprocessing: DigitPreprocessing, digits: LabelledPictures, digit: int
) -> npt.NDArray[np.float32]:
    """The logits of all digits of one class as they are, float32 (count, 10).

    Args:
        graph: of a network with one score a digit.
        preprocessing: of the network.
        digits: ink in [0, 1], (count, 1, 28, 28).
        digit: which class of them.
    """
    inputs = digit_inputs(preprocessing, digits.pictures[digits.labels == digit])
    with torch.inference_mode():
        logits = graph.compute(inputs, ()).output
    if logits is None:
        raise RuntimeError("A run to the end returns an output.")
    return logits.numpy()
