"""When two tensors are taken for the same."""

import torch

from app.inspection.graph.layer_node import LayerNode

# Of a layer's largest value.
TOLERANCE = 1e-5
_COARSE = {"float16": 0.005, "bfloat16": 0.03}


def tolerance_of(layer: LayerNode) -> float:
    """Of a layer's largest value, for the numbers that it computes with."""
    return _COARSE.get(layer.number_type, TOLERANCE)


def alike(value: torch.Tensor, expected: torch.Tensor, tolerance: float) -> bool:
    """True if they differ by no more than this part of the largest; not finite ones by nothing."""
    if value.shape != expected.shape:
        return False
    if not bool(torch.isfinite(expected).all()):
        return torch.equal(value.nan_to_num(), expected.nan_to_num())
    return off(value, expected) <= tolerance


def off(value: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference, as a part of the largest expected value."""
    if value.numel() == 0:
        return 0.0
    largest = float(expected.abs().max()) or 1.0
    return float((value - expected).abs().max()) / largest
