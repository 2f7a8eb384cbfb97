"""Which unit a network opens on, worked out beside it."""

from collections.abc import Callable
from typing import Any

import numpy as np


def nearest_place(layer: dict[str, Any], y: float, x: float) -> tuple[int, int]:
    """Of all units of a layer the one whose field has its middle nearest, by trying each."""
    field = layer["receptive_field"]

    def nearest(at: float, side: str, count: int) -> int:
        size, stride, padding = (field[name][side] for name in ("size", "stride", "padding"))
        middles = np.arange(count) * stride - padding + size / 2
        return int(np.abs(middles - at).argmin())

    _, rows, columns = layer["output_shape"]
    return nearest(y, "height", rows), nearest(x, "width", columns)


def place_in_input(
    ask: Callable[[str], Any], model: str, image: str, at: dict[str, float]
) -> tuple[float, float]:
    """Where a point of a picture, in its pixels, is in the network's input, in the input's."""
    seen = ask(f"/models/{model}/predictions?image={image}&top=1")
    box, size = seen["image_box"], seen["input_size"]
    return (
        (at["y"] - box["top"]) / (box["bottom"] - box["top"]) * size["height"],
        (at["x"] - box["left"]) / (box["right"] - box["left"]) * size["width"],
    )


def strongest(maps: Any, row: int, column: int) -> tuple[int, float]:
    """The channel that stands out most of its own map at a place, and by how much."""
    maps = maps.astype(np.float64)
    spread = maps.std((1, 2))
    spread[spread == 0] = np.nan  # a flat map
    deviations = (maps[:, row, column] - maps.mean((1, 2))) / spread
    channel = int(np.nanargmax(deviations))
    return channel, float(deviations[channel])
