"""Matches of a template in the forms that travel."""

from collections.abc import Mapping
from typing import Any

import torch

from app.inspection.filters.matching import Comparison, Match
from app.inspection.rendering.encoding import encode_maps, encode_npy, encode_png
from app.inspection.rendering.maps import quantise


def encode_match(match: Match, form: str, description: Mapping[str, Any]) -> bytes:
    """Two maps, the dot product and the cosine: `npy`, `u8` or `png`."""
    both = torch.stack([match.dot, match.cosine])
    if form == "npy":
        return encode_npy(both)
    quantised = quantise(both)
    if form == "png":
        return encode_png(quantised, "diverging")
    header = {**description, "shape": list(both.shape), "scale": "channel", "not_finite": 0}
    return encode_maps(quantised, header)


def encode_comparison(comparison: Comparison) -> bytes:
    """Patch and template, (2, inputs, height, width), as a numpy file."""
    return encode_npy(torch.stack([comparison.patch, comparison.template]))


def best_places(match: Match, count: int) -> dict[str, list[dict[str, float]]]:
    """The places of the largest and the smallest cosine, ties in reading order."""
    width = match.cosine.shape[1]
    found = {}
    for name, values in (("best", match.cosine), ("worst", -match.cosine)):
        order = torch.sort(values.flatten(), descending=True, stable=True).indices[:count]
        found[name] = [
            {
                "row": place // width,
                "column": place % width,
                "dot": float(match.dot.flatten()[place]),
                "cosine": float(match.cosine.flatten()[place]),
            }
            for place in order.tolist()
        ]
    return found
