"""The loss of one picture: how surprised a network is that it shows a class."""

import math

import torch


def class_loss(logits: torch.Tensor, class_index: int) -> torch.Tensor:
    """L = -log p, in nats, with p the class's share of the softmax.

    In float64: of a network that is sure, p - 1 and with it the whole gradient would be lost in the
    rounding of float32.

    Args:
        logits: what a network returned, (1, classes).
        class_index: of the class that the picture shows.
    """
    return -torch.log_softmax(logits.double(), 1)[0, class_index]


def confidence(loss: float) -> float:
    """The probability p that a loss is of: e^-L."""
    return math.exp(-loss)
