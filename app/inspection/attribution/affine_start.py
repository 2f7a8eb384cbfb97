"""The part of a network that is affine in the picture, up to its first nonlinearity.

Its gradient is the same at every picture, so gradients that are summed over many need to go back
through it only once.
"""

import torch

from app.inspection.attribution.gradient import chosen_values
from app.inspection.effective_field import Unit
from app.inspection.graph import LayerGraph

_AFFINE = frozenset({"convolution", "batch_norm"})


class AffineStart:
    """Gradients at the end of a network's affine part, and from there to the pixels.

    Args:
        graph: of a network in evaluation mode; only read.
        tensor: (1, *graph.input_shape), any picture.
        target: whose values and gradients are wanted; it lies behind the affine part.
    """

    def __init__(self, graph: LayerGraph, tensor: torch.Tensor, target: Unit) -> None:
        self._graph = graph
        self._tensor = tensor
        self._target = target
        self.layer_id = _last_affine(graph, target.layer_id)

    @property
    def _is_empty(self) -> bool:
        return self.layer_id == self._graph.layer_ids[0]

    def gradient(self, tensor: torch.Tensor) -> torch.Tensor:
        """Of the target, for each of a batch of pictures, by what the affine part returned.

        The part itself is run on the very pictures: two values that differ in rounding alone may
        lie on different sides of a ReLU's bend.
        """
        with torch.inference_mode(mode=False), torch.no_grad():
            values = tensor if self._is_empty else self._affine(tensor)
            start = values.clone().requires_grad_()
            with torch.enable_grad():
                target = self._from(start, tensor)
                if not target.requires_grad:
                    return torch.zeros_like(values)
                (gradient,) = torch.autograd.grad(target.sum(), start)
        return gradient

    def to_pixels(self, gradient: torch.Tensor) -> torch.Tensor:
        """Such a gradient, or a sum of them, by the pixels: (1, channels, height, width)."""
        if self._is_empty:
            return gradient
        with torch.inference_mode(mode=False), torch.enable_grad():
            pixels = self._tensor.clone().requires_grad_()
            (found,) = torch.autograd.grad(self._affine(pixels), pixels, gradient)
        return found

    def _affine(self, tensor: torch.Tensor) -> torch.Tensor:
        computed = self._graph.compute(tensor, (self.layer_id,), to_the_end=False)
        return computed.layers[self.layer_id]

    def _from(self, values: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
        wanted = (self._target.layer_id,)
        if self._is_empty:
            computed = self._graph.compute(values, wanted, to_the_end=False)
        else:
            given = {self.layer_id: values}
            computed = self._graph.compute(tensor, wanted, to_the_end=False, given=given)
        return chosen_values(computed.layers[self._target.layer_id], self._target)


def _last_affine(graph: LayerGraph, target_id: str) -> str:
    """The input itself if nothing affine follows it, or something reads it besides."""
    last = graph.layer_ids[0]
    while len(readers := graph.consumers(last)) == 1 and readers[0] != target_id:
        layer = graph.layer(readers[0])
        if layer.operation not in _AFFINE or len(layer.inputs) > 1:
            break
        if layer.operation == "batch_norm" and not layer.pointwise:
            break  # it divides by the spread of this very picture
        last = layer.id
    return last
