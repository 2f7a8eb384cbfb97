"""The scores of a linear classifier, product by product, for a picture that was moved."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.what_if.shifts import Shift, shifted

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TemplateScores:
    """What each template makes of one input, in float64, where products of float32 are exact.

    Attributes:
        input: what the network read, (channels, height, width), float32.
        products: of each class the input times its template, number by number, (classes, d), in
            the order in which the input is flattened.
        bias: of each class, (classes,).
        logits: what the network itself returned, (classes,), float32.
    """

    input: npt.NDArray[np.float32]
    products: Floats
    bias: Floats
    logits: npt.NDArray[np.float32]

    @property
    def sums(self) -> Floats:
        """Of the products of each class, (classes,)."""
        found: Floats = self.products.sum(axis=1)
        return found

    @property
    def scores(self) -> Floats:
        """Of each class, W x + b, (classes,)."""
        found: Floats = self.sums + self.bias
        return found

    @property
    def for_and_against(self) -> tuple[Floats, Floats]:
        """Of the products of each class those above 0, added up, and those below, (classes,)."""
        return self.products.clip(min=0).sum(axis=1), self.products.clip(max=0).sum(axis=1)

    @property
    def running(self) -> Floats:
        """What has been added up after each row of pixels, (classes, channels * height)."""
        rows = self.products.reshape(len(self.products), -1, self.input.shape[2])
        found: Floats = rows.sum(axis=2).cumsum(axis=1)
        return found


def is_linear_classifier(graph: LayerGraph) -> bool:
    """True if the network is one linear layer on its flattened input, and nothing else."""
    layer = graph.layer(graph.output)
    if layer.operation != "linear" or layer.is_map:
        return False
    between = [each.operation for each in graph.layers if each.id != layer.id]
    return between in (["input"], ["input", "flatten"])


def template_scores(
    graph: LayerGraph,
    parameters: tuple[Tensor, Tensor | None],
    tensor: Tensor,
    shift: Shift,
    background: Sequence[float],
) -> TemplateScores:
    """Move the input of a linear classifier and multiply it with every template.

    Args:
        graph: of a network of which `is_linear_classifier` is true.
        parameters: its weight, a template a class, (classes, channels, height, width), and bias
            (classes,).
        tensor: the prepared picture, (1, channels, height, width).
        shift: of the input.
        background: what comes into sight, of each channel.
    """
    moved = shifted(tensor, shift, background)
    with torch.inference_mode():
        logits = graph.compute(moved, ()).output
    if logits is None:
        raise RuntimeError("A run to the end returns an output.")
    templates, learned_bias = parameters
    weight = templates.reshape(len(templates), -1).numpy().astype(np.float64)
    bias = np.zeros(len(weight)) if learned_bias is None else learned_bias.numpy().astype(float)
    x = moved[0].numpy()
    return TemplateScores(
        input=x,
        products=weight * x.reshape(-1).astype(np.float64),
        bias=bias,
        logits=logits[0].numpy(),
    )
