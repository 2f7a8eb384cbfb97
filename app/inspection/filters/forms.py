"""A layer's filters in the forms that travel: numbers, exact, in 8 bits, as a picture."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.inspection.filters.bank import FilterBank, FilterNorms, norms
from app.inspection.filters.similarity import cluster_order, cosines, most_similar
from app.inspection.rendering.colours import colour_table
from app.inspection.rendering.encoding import encode_maps, encode_npy
from app.inspection.rendering.maps import Scale, quantise

Pixels = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float32]

# Where zero lies in the diverging table; 127 steps to either side.
_ZERO = 128
_STEPS = 127
_GREY = 127.5
# The colours of a matrix end at so many standard deviations.
_MATRIX_DEVIATIONS = 4
# A few seconds; of what is shipped and published only the first dense layers of VGG have more.
_MOST_PRODUCTS = 2e11


@dataclass(frozen=True)
class FilterForm:
    """Which of a layer's filters, in which form.

    Attributes:
        filters: in this order; None for all.
        scale: "channel" gives each filter a range of its own, "layer" one for all. Colours of
            pictures always span the layer, so that they can be compared.
    """

    form: Literal["npy", "u8", "png"]
    filters: tuple[int, ...] | None = None
    scale: Scale = "channel"


@dataclass(frozen=True, eq=False)
class FilterFacts:
    """Numbers about every filter of a layer, each (filters,).

    Attributes:
        nearest: index of the most similar other filter; `cosine` is to it. None, as is `order`,
            where there are too many weights to compare all filters.
        order: all filters, like beside like, see `cluster_order`.
    """

    norms: FilterNorms
    mean: npt.NDArray[np.float64]
    nearest: npt.NDArray[np.intp] | None = None
    cosine: Values | None = None
    order: list[int] | None = None

    @property
    def size_bytes(self) -> int:
        """Memory held, about."""
        return 80 * len(self.mean)


def describe_filters(bank: FilterBank) -> FilterFacts:
    """Norms, similarity and order. Quadratic in the number of filters."""
    mean = bank.weight.reshape(bank.count, -1).numpy().mean(1, dtype=np.float64)
    if bank.count * bank.weight.numel() > _MOST_PRODUCTS:
        return FilterFacts(norms(bank.weight), mean)
    similarity = cosines(bank.weight)
    nearest, cosine = most_similar(similarity)
    order = cluster_order(similarity)
    return FilterFacts(norms(bank.weight), mean, nearest, cosine, order)


def encode_filters(bank: FilterBank, wanted: FilterForm, description: Mapping[str, Any]) -> bytes:
    """Filters as bytes.

    `u8` has the shape (filters, inputs, height, width) in the 8-bit form of activations, with a
    range for each filter.
    """
    chosen = list(range(bank.count) if wanted.filters is None else wanted.filters)
    weight = bank.weight if wanted.filters is None else bank.weight[chosen]
    if wanted.form == "npy":
        return encode_npy(weight)
    if wanted.form == "png":
        largest = _common_end(bank) if _is_joint(bank, wanted.scale) else None
        return _png(draw_filters(weight.numpy(), bank.kind, largest))
    if wanted.scale == "layer" or bank.kind == "rgb":
        quantised = quantise(bank.weight, "layer").only(chosen)
    else:
        quantised = quantise(weight.contiguous())
    header = {
        **description,
        "layer_shape": list(bank.weight.shape),
        "shape": list(weight.shape),
        "channels": chosen,
        "scale": quantised.scale,
        "kind": bank.kind,
        "not_finite": quantised.not_finite,
    }
    return encode_maps(quantised, header)


def _is_joint(bank: FilterBank, scale: Scale) -> bool:
    # One row of a matrix says nothing beside others on scales of their own.
    return scale == "layer" or bank.kind in ("rgb", "mixing")


def _common_end(bank: FilterBank) -> float:
    if bank.kind == "mixing":
        # A few long weights would leave all others pale.
        return _MATRIX_DEVIATIONS * float(bank.weight.square().mean().sqrt())
    return float(bank.weight.abs().max())


def draw_filters(weight: Values, kind: str, largest: float | None) -> Pixels:
    """RGBA (height, width, 4), one pixel a weight, see-through between tiles.

    Three colours: each filter a picture, zero at grey. 1 x 1: one matrix, filters down, inputs
    across. Else each filter a mosaic of its kernels, signed, zero neutral.

    Args:
        weight: (filters, inputs, height, width).
        kind: see `app.inspection.filters.bank`.
        largest: what the ends of the colours stand for; None: the largest of each filter.
    """
    if kind == "mixing":
        return _signed(weight[:, :, 0, 0], largest if largest is not None else _largest(weight))
    tiles = []
    for filter_ in weight:
        end = _largest(filter_) if largest is None else largest
        if kind == "rgb":
            tiles.append(colour_of_kernel(filter_, end))
        else:
            tiles.append(_grid([_signed(kernel, end) for kernel in filter_]))
    return _grid(tiles, gap=max(1, min(2, weight.shape[1] - 1)))


def colour_of_kernel(kernel: Values, largest: float) -> Pixels:
    """A kernel over three colours as a picture, zero at grey, RGBA (height, width, 4).

    Args:
        kernel: (3, height, width).
        largest: magnitude at which a colour is full, or gone.
    """
    unit = kernel.transpose(1, 2, 0) / (largest or 1.0)
    pixels = np.full((*unit.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = np.clip(np.floor(_GREY + _GREY * unit + 0.5), 0, 255)
    return pixels


def _signed(values: Values, largest: float) -> Pixels:
    entries = _ZERO + np.floor(values / (largest or 1.0) * _STEPS + 0.5)
    pixels = np.full((*values.shape, 4), 255, np.uint8)
    pixels[..., :3] = colour_table("diverging")[np.clip(entries, 1, 255).astype(np.intp)]
    return pixels


def _grid(tiles: list[Pixels], gap: int = 1) -> Pixels:
    """Tiles of one size in a grid as square as possible."""
    height, width = tiles[0].shape[:2]
    columns = min(len(tiles), max(1, round(math.sqrt(len(tiles) * height / width))))
    rows = math.ceil(len(tiles) / columns)
    step_y, step_x = height + gap, width + gap
    grid = np.zeros((rows * step_y - gap, columns * step_x - gap, 4), np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // columns * step_y, place % columns * step_x
        grid[top : top + height, left : left + width] = tile
    return grid


def _largest(values: Values) -> float:
    return float(np.abs(values).max())


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def encode_projection(gradient: Values) -> bytes:
    """A signed picture as a PNG: three colours with zero at grey, one on the diverging scale.

    The colours end at the magnitude that one value in a thousand exceeds, or a few bright points
    would leave all else grey.

    Args:
        gradient: (channels, height, width).
    """
    # What is no finite number has no colour of its own.
    gradient = np.where(np.isfinite(gradient), gradient, 0)
    end = float(np.quantile(np.abs(gradient), 0.999))
    end = end or _largest(gradient)
    if len(gradient) == 3:
        return _png(colour_of_kernel(gradient, end))
    return _png(_signed(np.clip(gradient.sum(0), -end, end), end))
