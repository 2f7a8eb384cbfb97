"""An attribution as numbers and in the forms that travel."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.attribution.contract import Attribution, Heatmap
from app.inspection.rendering.encoding import encode_maps, encode_npy, encode_png
from app.inspection.rendering.maps import quantise, statistics


def map_statistics(values: Heatmap) -> dict[str, Any]:
    """Of the finite raw values of (height, width); None where there are none."""
    found = statistics(torch.from_numpy(values)[None])
    has_any = not np.isnan(found.minimum[0])
    low, high = float(found.minimum[0]), float(found.maximum[0])
    finite = values[np.isfinite(values)]
    return {
        "shape": list(values.shape),
        "minimum": low if has_any else None,
        "maximum": high if has_any else None,
        "mean": float(found.mean[0]) if has_any else None,
        "sum": float(finite.sum(dtype=np.float64)) if has_any else None,
        "fraction_positive": float(found.fraction_active[0]),
        "is_constant": has_any and low == high,
        "not_finite": int(found.not_finite[0]),
    }


def encode_attribution(
    found: Attribution, form: str, description: Mapping[str, Any], *, of_layer: bool = False
) -> bytes:
    """The map as a numpy file, in 8 bits with its description, or as a picture.

    Args:
        found: what is encoded.
        form: `npy`, `u8` or `png`.
        description: what the header of the 8-bit form says.
        of_layer: a class activation map at its layer's own size, where there is one.
    """
    values = found.layer_values if of_layer and found.layer_values is not None else found.values
    return encode_heatmaps(values[None], form, description)


def encode_heatmaps(
    values: npt.NDArray[np.float32], form: str, description: Mapping[str, Any]
) -> bytes:
    """Maps (n, height, width) in a form; a numpy file of one is (height, width)."""
    maps = torch.from_numpy(np.ascontiguousarray(values))
    if form == "npy":
        return encode_npy(maps[0] if len(maps) == 1 else maps)
    quantised = quantise(maps)
    if form == "png":
        signed = bool((quantised.minimum < 0).any())
        return encode_png(quantised, "diverging" if signed else "viridis")
    header = {
        **description,
        "shape": list(quantised.codes.shape),
        "scale": "channel",
        "not_finite": quantised.not_finite,
    }
    return encode_maps(quantised, header)
