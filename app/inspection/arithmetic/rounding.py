"""Whether an explanation gives what the network computed, up to the rounding of its numbers.

An operation may have a setting, or a place in the network, that whoever wrote its explanation down
did not think of. What does not come out as the network has it is no explanation.
"""

import math
from dataclasses import replace

import numpy as np
import torch

from app.inspection.arithmetic.terms import Explanation

# Of float32, long sums included: a kernel may add a hundred thousand numbers in any order.
_LARGEST_ERROR = 1e-4
# Their rounding is seen in the digits that are shown.
_COARSE = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def agrees(explanation: Explanation, number_type: str) -> bool:
    """True if the explained value is the captured one, but for rounding.

    Args:
        explanation: any.
        number_type: what the network computes the layer in, `bfloat16`.
    """
    explained, value = explanation.explained, explanation.unit.value
    if explained is None or explained == value:
        return True
    if math.isnan(explained) or math.isnan(value):
        return math.isnan(explained) and math.isnan(value)
    if math.isinf(value):
        # It is beyond float32, perhaps not beyond the float64 of the explanation.
        return abs(explained) >= torch.finfo(torch.float32).max and (explained > 0) == (value > 0)
    if math.isinf(explained):
        return False
    coarse = _COARSE.get(number_type)
    error = _LARGEST_ERROR if coarse is None else 8 * torch.finfo(coarse).eps
    # Where a function is all but zero, it is the difference of numbers as large as its argument:
    # of GELU at -5, x times 1 + erf(x / sqrt(2)), float32 keeps three digits.
    largest = max((abs(one.value) for one in explanation.operands), default=0.0)
    cancelled = 4 * torch.finfo(torch.float32).eps * (largest if math.isfinite(largest) else 0.0)
    return abs(explained - value) <= error * _magnitude(explanation) + cancelled


def noted(explanation: Explanation, number_type: str) -> Explanation:
    """The explanation, and a word on what coarse numbers do to it."""
    coarse = _COARSE.get(number_type)
    if coarse is None:
        return explanation
    digits = round(-math.log10(torch.finfo(coarse).eps)) or 1
    note = (
        f"The network computes this in {number_type}, which keeps {digits} to {digits + 1} digits."
    )
    return replace(explanation, note=f"{explanation.note} {note}".strip())


def _magnitude(explanation: Explanation) -> float:
    """The size of what was added up: rounding is a share of that, not of the sum."""
    found = max(abs(explanation.unit.value), abs(explanation.explained or 0.0), 1e-30)
    slopes = [abs(slope) for _, slope in explanation.derivatives if math.isfinite(slope)]
    found += sum(
        abs(slope * operand.value)
        for operand, slope in explanation.derivatives
        if math.isfinite(slope * operand.value)
    )
    patch = explanation.patch
    if patch is None or not patch.size:
        return found
    if patch.weights is None:
        largest = float(np.abs(np.where(np.isfinite(patch.values), patch.values, 0)).max())
        return found + largest * max([1.0, *slopes])
    products = np.abs(patch.products)
    sums = float(products[np.isfinite(products)].sum()) / abs(explanation.divisor or 1.0)
    return found + sums + abs(explanation.bias or 0.0)
