"""Pictures of nothing, from which something is told apart."""

import math

import torch
from torch.nn import functional

from app.inspection.attribution.contract import Subject

BASELINES = ("mean", "black", "blurred")
# Of the longer side; 5 px of 224 as in RISE (Petsiuk, Das, Saenko 2018).
_BLUR_SHARE = 5 / 224


def baseline(subject: Subject, name: str) -> torch.Tensor:
    """A picture without the thing, (1, channels, height, width).

    Args:
        subject: whose picture.
        name: `mean` for what the preprocessing calls zero, `black`, or `blurred`.

    Raises:
        ValueError: there is no such baseline.
    """
    match name:
        case "mean":
            return torch.zeros_like(subject.tensor)
        case "black":
            black = torch.tensor(subject.black, dtype=torch.float32)[None, :, None, None]
            return black.expand_as(subject.tensor).clone()
        case "blurred":
            return blurred(subject.tensor, _BLUR_SHARE * max(subject.tensor.shape[2:]))
    raise ValueError(f"There is no baseline {name!r}; there is {', '.join(BASELINES)}.")


def blurred(tensor: torch.Tensor, sigma: float) -> torch.Tensor:
    """(batch, channels, height, width) under a Gaussian of this width in px, borders repeated."""
    reach = math.ceil(3 * sigma)
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-(places**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    channels = tensor.shape[1]
    across = kernel.expand(channels, 1, 1, -1)
    padded = functional.pad(tensor, (reach, reach, reach, reach), mode="replicate")
    rows = functional.conv2d(padded, across, groups=channels)
    return functional.conv2d(rows, across.transpose(2, 3), groups=channels)
