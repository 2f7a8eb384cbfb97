"""From a prepared picture to class scores."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from app.inspection.activations.loading import LoadedModel
from app.inspection.graph.layer_graph import LayerGraph
from models.preprocessing.pixel_map import PixelMap


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a network says of one picture.

    Attributes:
        logits: float32, (classes,), as the network returned them.
        pixel_map: where the network's input lies in the picture.
    """

    logits: npt.NDArray[np.float32]
    pixel_map: PixelMap


@dataclass(frozen=True)
class ClassScore:
    """One class of a prediction; probability and sigmoid are in [0, 1], or NaN as the logit."""

    index: int
    label: str
    logit: float
    probability: float
    sigmoid: float


def predict(
    model: LoadedModel,
    picture: Image.Image,
    orientation: int = 1,
    graph: LayerGraph | None = None,
) -> Prediction:
    """Prepare an upright RGB picture as the model wants it and run the network once.

    Args:
        model: the network with its preprocessing.
        picture: upright, mode RGB.
        orientation: EXIF orientation of its file, only recorded.
        graph: of this model; None builds the network itself.
    """
    prepared = model.entry.preprocessing.prepare(picture, orientation)
    with torch.inference_mode():
        if graph is None:
            logits = model.module(prepared.tensor)
        else:
            logits = graph.compute(prepared.tensor, ()).output
    return Prediction(logits[0].numpy(), prepared.pixel_map)


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """exp(x_i) / sum_j exp(x_j), (classes,), computed in float64 from the largest logit down.

    All NaN where the largest logit is no finite number: then there are no shares.
    """
    largest = float(logits.max())
    if not math.isfinite(largest):
        return np.full(logits.shape, np.nan)
    exponentials = np.exp(logits.astype(np.float64) - largest)
    result: npt.NDArray[np.float64] = exponentials / exponentials.sum()
    return result


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-x)), exact far below zero and without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    exponential = math.exp(logit)
    return exponential / (1.0 + exponential)


def entropy_bits(probabilities: npt.NDArray[np.float64]) -> float | None:
    """-sum_i p_i log2 p_i, in bits, with 0 log 0 = 0; None where they are no probabilities.

    Source: Shannon, A Mathematical Theory of Communication, 1948, section 6.
    """
    if np.isnan(probabilities).any():
        return None
    present = probabilities[probabilities > 0]
    # Taken from zero, because the negative of zero would be minus zero.
    return 0.0 - float((present * np.log2(present)).sum())


def top_classes(
    logits: npt.NDArray[np.float32], labels: tuple[str, ...], top: int
) -> list[ClassScore]:
    """The `top` classes of the largest logits, the largest first, equal ones by index."""
    probabilities = softmax(logits)
    order = np.argsort(-logits, kind="stable")[:top]
    return [
        ClassScore(
            index=int(index),
            label=labels[index],
            logit=float(logits[index]),
            probability=float(probabilities[index]),
            sigmoid=sigmoid(float(logits[index])),
        )
        for index in order
    ]
