"""A live network as a bundle: its graph, its weights and a card, all of them data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from convscope.card import Labels

if TYPE_CHECKING:
    from torch import nn


def export(
    model: "nn.Module",
    path: str | Path,
    *,
    labels: Labels = None,
    preprocessing: Any = None,
    input_shape: tuple[int, int, int] = (3, 224, 224),
    name: str | None = None,
) -> Path:
    """Write a network down as a bundle that every Convscope server opens.

    The network is only read: a copy of it, on the CPU, in float32 and in evaluation mode, is
    traced once (`torch.export`), and what was written down is run against that copy before the
    bundle takes its place. Takes a second to a minute.

    Args:
        model: with its weights. May be on a GPU, in half precision, in training mode, within
            DataParallel or torch.compile.
        path: of a folder, or of a zip if it ends in `.zip`; a bundle that is there is replaced.
        labels: names of the classes in order; a mapping; or a file, a name a line or JSON.
        preprocessing: `{"resize": 256, "interpolation": "bilinear", "mean": [...], "std": [...],
            "channel_order": "rgb"}`, or transforms of torchvision. ImageNet's is assumed, and
            marked so, where nothing is said.
        input_shape: (channels, height, width) of one picture as the network reads it.
        name: that it is listed under; that of the file if there is none.

    Returns:
        where the bundle is.

    Raises:
        ExportError: the network cannot be written down; says why, where in its code, and what
            usually helps.
    """
    from convscope.writing import write_down

    place = Path(path)
    write_down(
        model,
        place,
        labels=labels,
        preprocessing=preprocessing,
        input_shape=input_shape,
        name=name or place.stem,
    )
    return place
