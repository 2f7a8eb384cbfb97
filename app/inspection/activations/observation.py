"""A network's look at one picture: the scores and what every layer returned, from one pass."""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from PIL import Image

from app.inspection.activations.capture import Activations, capture
from app.inspection.activations.loading import LoadedModel
from app.inspection.activations.prediction import Prediction
from app.inspection.graph.layer_graph import LayerGraph


@dataclass(frozen=True, eq=False)
class Observation:
    """What one forward pass gave.

    Attributes:
        tensor: the prepared picture, (1, channels, height, width).
        activations: of all layers, or of those asked for.
    """

    prediction: Prediction
    tensor: torch.Tensor
    activations: Activations

    @property
    def size_bytes(self) -> int:
        """Memory held by the activations; the input is one of them, or small."""
        return self.activations.size_bytes


def observe(
    model: LoadedModel,
    graph: LayerGraph,
    picture: Image.Image,
    orientation: int = 1,
    layer_ids: Collection[str] | None = None,
) -> Observation:
    """Prepare an upright RGB picture as the model wants it and capture one pass.

    Args:
        model: the network with its preprocessing.
        graph: of this model.
        picture: upright, mode RGB.
        orientation: EXIF orientation of its file, only recorded.
        layer_ids: None for all layers.
    """
    prepared = model.entry.preprocessing.prepare(picture, orientation)
    activations = capture(graph, prepared.tensor, layer_ids)
    prediction = Prediction(activations.logits.numpy(), prepared.pixel_map)
    return Observation(prediction, prepared.tensor, activations)
