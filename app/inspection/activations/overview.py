"""One small map of every layer: the one with the largest value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from app.inspection.rendering.encoding import OVERVIEW_MAGIC, envelope
from app.inspection.rendering.maps import quantise

LARGEST_SIDE_PX = 32
LONGEST_STRIP = 64


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """The strongest map of one layer, small.

    Attributes:
        layer_id: of the layer.
        channel: the channel with the layer's largest finite value, the first of several.
        minimum: of that channel, nan where none of its values is finite; so is `maximum`.
        codes: uint8 (height, width), at most 32 a side; of single values (1, at most 64).
        drawn_minimum: what code 0 stands for; `drawn_maximum`: code 255.
        is_signed: whether any finite value of the whole layer is below zero, so that its maps are
            drawn with colours around zero, this one too.
    """

    layer_id: str
    channel: int
    minimum: float
    maximum: float
    codes: npt.NDArray[np.uint8]
    drawn_minimum: float
    drawn_maximum: float
    is_signed: bool

    @property
    def size_bytes(self) -> int:
        """Memory held, with a small allowance for the object itself."""
        return self.codes.nbytes + 512


def thumbnail(layer_id: str, layer: torch.Tensor) -> Thumbnail:
    """Of a float32 (channels, height, width) or (features,).

    A map that is larger is averaged over equal areas (adaptive average pooling). Of a vector, and
    of maps of a single value, all are there, or the largest of each share of them.
    """
    channels = layer.reshape(layer.shape[0], -1)
    largest = channels.amax(1)
    if not bool(largest.isfinite().all()):
        finite = torch.where(channels.isfinite(), channels, -torch.inf)
        largest = finite.amax(1)
    channel = int(largest.argmax())
    chosen = channels[channel]
    inside = chosen[chosen.isfinite()]
    small = _shrunk(layer, channel)
    quantised = quantise(small[None])
    return Thumbnail(
        layer_id=layer_id,
        channel=channel,
        minimum=float(inside.min()) if len(inside) else float("nan"),
        maximum=float(inside.max()) if len(inside) else float("nan"),
        codes=quantised.codes[0],
        drawn_minimum=float(quantised.minimum[0]),
        drawn_maximum=float(quantised.maximum[0]),
        is_signed=_is_signed(layer),
    )


def _is_signed(layer: torch.Tensor) -> bool:
    smallest = layer.amin()
    if not bool(smallest.isfinite()):
        smallest = torch.where(layer.isfinite(), layer, torch.zeros(())).amin()
    return bool(smallest < 0)


def _shrunk(layer: torch.Tensor, channel: int) -> torch.Tensor:
    """(height, width)."""
    if layer.dim() != 3 or layer[0].numel() == 1:
        values = layer.reshape(1, -1)
        if values.shape[1] <= LONGEST_STRIP:
            return values
        return functional.adaptive_max_pool1d(values, LONGEST_STRIP)
    height, width = layer.shape[1:]
    scale = LARGEST_SIDE_PX / max(height, width)
    if scale >= 1:
        return layer[channel]
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return functional.adaptive_avg_pool2d(layer[channel][None], size)[0]


def thumbnails(layers: Mapping[str, torch.Tensor]) -> list[Thumbnail]:
    """One for every layer."""
    with torch.inference_mode():
        return [thumbnail(layer_id, layer) for layer_id, layer in layers.items()]


def encode_overview(items: Sequence[Thumbnail], description: Mapping[str, object]) -> bytes:
    """An envelope whose header lists every thumbnail, then the codes of all, row by row.

    `offset` counts from the first code; `minimum` and `maximum` are what codes 0 and 255 stand for.
    """
    offset = 0
    listed = []
    for item in items:
        height, width = item.codes.shape
        listed.append(
            {
                "id": item.layer_id,
                "channel": item.channel,
                "minimum": item.drawn_minimum,
                "maximum": item.drawn_maximum,
                "signed": item.is_signed,
                "height": height,
                "width": width,
                "offset": offset,
            }
        )
        offset += height * width
    header = envelope(OVERVIEW_MAGIC, {**description, "layers": listed})
    return b"".join((header, *(np.ascontiguousarray(item.codes).data for item in items)))
