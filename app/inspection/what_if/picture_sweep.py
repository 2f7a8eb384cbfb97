"""The scores along one kind of change of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.inspection.activations.loading import LoadedModel
from app.inspection.activations.prediction import predict
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress, no_progress
from models.preprocessing.edits import PictureEdit, edit_picture, reduced


@dataclass(frozen=True, eq=False)
class Sweep:
    """One prediction for every value.

    Attributes:
        values: what the swept property was, ascending.
        logits: float32 (values, classes).
    """

    values: tuple[float, ...]
    logits: npt.NDArray[np.float32]

    @property
    def size_bytes(self) -> int:
        """Memory held by the array."""
        return self.logits.nbytes


def sweep(
    model: LoadedModel,
    picture: Image.Image,
    edit: PictureEdit,
    along: tuple[str, Sequence[float]],
    *,
    others: Sequence[Image.Image] = (),
    graph: LayerGraph | None = None,
    progress: Progress = no_progress,
) -> Sweep:
    """Edit the picture once for every value and predict.

    Args:
        model: the network with its preprocessing.
        picture: upright, mode RGB.
        edit: what else is done to the picture.
        along: the name of one property of `PictureEdit`, and the values that it takes.
        others: of which clutter is made.
        graph: of this model; None builds the network itself.
        progress: told after every picture.

    Raises:
        WorkCancelledError: raised by `step`.
    """
    swept, values = along
    small = reduced(picture)
    logits = []
    for done, value in enumerate(values, start=1):
        edited = edit_picture(small, replace(edit, **{swept: value}), others)
        logits.append(predict(model, edited, graph=graph).logits)
        progress(done, len(values), None)
    return Sweep(tuple(values), np.stack(logits))
