"""A layer's maps in the forms that travel: exact, in 8 bits, as a picture."""

import io
import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from app.inspection.json_numbers import json_numbers
from app.inspection.rendering.colours import ColourName, colour_table, entries_of_codes
from app.inspection.rendering.maps import Quantised, quantise

MAPS_MAGIC = b"CVU8"
OVERVIEW_MAGIC = b"CVO8"

_ALIGNMENT_BYTES = 8
_GAP_PX = 1


def encode_npy(values: torch.Tensor) -> bytes:
    """Exact float32 as a numpy file."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file,
        {"descr": "<f4", "fortran_order": False, "shape": tuple(values.shape)},
    )
    return b"".join((file.getbuffer(), values.numpy().astype("<f4", copy=False).data))


def encode_array(values: npt.NDArray[np.float32]) -> bytes:
    """The same of a numpy array."""
    return encode_npy(torch.from_numpy(np.ascontiguousarray(values)))


def encode_maps(quantised: Quantised, description: Mapping[str, Any]) -> bytes:
    """Maps in 8 bits: an envelope with the description, then the ranges, then the codes.

    After the envelope (see `envelope`) come each channel's minimum and each channel's maximum as
    little-endian float32, then one byte a value, in C order.

    Args:
        quantised: n channels.
        description: what the header says.
    """
    return b"".join(
        (
            envelope(MAPS_MAGIC, description),
            quantised.minimum.astype("<f4", copy=False).data,
            quantised.maximum.astype("<f4", copy=False).data,
            quantised.codes.data,
        )
    )


def envelope(magic: bytes, description: Mapping[str, Any]) -> bytes:
    """Four letters, the length of the header as little-endian uint32, and the header as JSON.

    Spaces fill the header up until what follows begins at a multiple of 8 bytes.
    """
    document = json_numbers(description)
    header = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    header += b" " * (-(len(magic) + 4 + len(header)) % _ALIGNMENT_BYTES)
    return magic + struct.pack("<I", len(header)) + header


def encode_png(quantised: Quantised, colours: ColourName) -> bytes:
    """Maps beside each other, row by row in a grid as square as possible, 1 px between them.

    Args:
        quantised: codes (n, height, width).
        colours: see `app.inspection.rendering.colours`.
    """
    count, height, width = quantised.codes.shape
    columns = min(count, max(1, round(math.sqrt(count * height / width))))
    rows = math.ceil(count / columns)
    table = colour_table(colours)
    grid = np.zeros(
        (rows * (height + _GAP_PX) - _GAP_PX, columns * (width + _GAP_PX) - _GAP_PX, 4), np.uint8
    )
    for index, codes in enumerate(quantised.codes):
        top = index // columns * (height + _GAP_PX)
        left = index % columns * (width + _GAP_PX)
        entries = entries_of_codes(
            colours, float(quantised.minimum[index]), float(quantised.maximum[index])
        )
        cell = grid[top : top + height, left : left + width]
        cell[..., :3] = table[entries][codes]
        cell[..., 3] = 255
    file = io.BytesIO()
    Image.fromarray(grid).save(file, "PNG", compress_level=1)
    return file.getvalue()


def encode_mask(mask: npt.NDArray[np.bool_], form: str, description: Mapping[str, Any]) -> bytes:
    """Where something is true, (height, width): a numpy file of 0 and 1, or one map in 8 bits."""
    if form == "npy":
        file = io.BytesIO()
        np.save(file, mask.astype(np.uint8))
        return file.getvalue()
    quantised = quantise(torch.from_numpy(mask.astype(np.float32))[None])
    return encode_maps(quantised, {**description, "shape": list(quantised.codes.shape)})


def encode_heat(
    heat: npt.NDArray[np.float64],
    contour: npt.NDArray[np.bool_],
    form: str,
    description: Mapping[str, Any],
) -> bytes:
    """A heat (height, width) as a numpy file, a png, or in 8 bits with its contour after it."""
    if form == "npy":
        return encode_npy(torch.from_numpy(heat.astype(np.float32)))
    maps = torch.from_numpy(np.stack([heat, contour]).astype(np.float32))
    if form == "png":
        return encode_png(quantise(maps[:1]), "viridis")
    quantised = quantise(maps)
    return encode_maps(quantised, {**description, "shape": list(quantised.codes.shape)})


def finite_or_none(values: npt.NDArray[Any] | Sequence[float]) -> list[float | None]:
    """Ready for JSON, which has no nan."""
    return [float(value) if math.isfinite(value) else None for value in values]
