"""Scores before and after something, with their differences."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from app.inspection.activations.prediction import entropy_bits, softmax

Logits = npt.NDArray[np.float32]


class ClassChangeSchema(BaseModel):
    """One class; differences are after less before."""

    index: int
    label: str
    logit_before: float | None
    logit_after: float | None
    logit_difference: float | None
    probability_before: float | None
    probability_after: float | None
    probability_difference: float | None


class ScoreChangesSchema(BaseModel):
    """The chosen classes and the highest before and after, by their logit before."""

    entropy_bits_before: float | None
    entropy_bits_after: float | None
    classes: list[ClassChangeSchema]


def score_changes(
    before: Logits, after: Logits, labels: Sequence[str], *, chosen: Sequence[int], top: int
) -> dict[str, Any]:
    """The fields of `ScoreChangesSchema`."""
    shares = softmax(before), softmax(after)
    highest = [np.argsort(-logits, kind="stable")[:top] for logits in (before, after)]
    indices = dict.fromkeys([*chosen, *(int(index) for part in highest for index in part)])
    ordered = sorted(indices, key=lambda index: (-float(before[index]), index))
    return {
        "entropy_bits_before": entropy_bits(shares[0]),
        "entropy_bits_after": entropy_bits(shares[1]),
        "classes": [
            ClassChangeSchema(
                index=index,
                label=labels[index],
                logit_before=float(before[index]),
                logit_after=float(after[index]),
                logit_difference=float(after[index]) - float(before[index]),
                probability_before=float(shares[0][index]),
                probability_after=float(shares[1][index]),
                probability_difference=float(shares[1][index]) - float(shares[0][index]),
            )
            for index in ordered
        ],
    }
