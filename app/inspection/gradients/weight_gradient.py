"""dL/dw: how the loss of a class moves with every weight of a layer's kernels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.filters.bank import FilterBank, check_filters, filter_bank, norms
from app.inspection.gradients.loss import class_loss
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.rendering.maps import Statistics, statistics


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """The gradient of a picture's loss by one layer's weights.

    Attributes:
        loss: of the class, in nats.
        bank: as the layer's filters, with dL/dw in the place of each weight and dL/db in that of
            each bias.
    """

    loss: float
    bank: FilterBank

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        bias = self.bank.bias
        return self.bank.weight.nbytes + (0 if bias is None else bias.nbytes)


@dataclass(frozen=True, eq=False)
class KernelFacts:
    """The gradients of all kernels in numbers, each (kernels,)."""

    kernels: Statistics
    l2: npt.NDArray[np.float64]


def weight_gradient(
    graph: LayerGraph, tensor: torch.Tensor, layer_id: str, class_index: int
) -> WeightGradient:
    """dL/dw of every weight w of a layer, L = -log p of a class, summed over all its uses.

    A kernel is used at every place, so that is a sum over places; weights that several layers share
    are used by all of these. The network's own parameters are only read.

    Args:
        graph: of the network.
        tensor: (1, *graph.input_shape); only read.
        layer_id: of a convolution or a linear layer.
        class_index: of the class that the picture shows.

    Raises:
        UnknownLayerError: there is no such layer.
        NoFiltersError: it has no kernels.
    """
    check_filters(graph, layer_id)
    names = graph.layer(layer_id).parameter_names[:2]
    with torch.inference_mode(mode=False), torch.enable_grad():
        # The same memory under another name: what is asked of the copy is not asked of the network.
        parameters = {name: graph.tensors[name].detach().requires_grad_() for name in names}
        output = graph.with_tensors(parameters).compute(tensor.clone(), ()).output
        if output is None:
            raise RuntimeError("A run to the end returns an output.")
        loss = class_loss(output, class_index)
        gradients = tuple(torch.zeros_like(each) for each in parameters.values())
        if loss.requires_grad:
            gradients = torch.autograd.grad(
                loss, tuple(parameters.values()), materialize_grads=True
            )
    found = dict(zip(names, gradients, strict=True))
    return WeightGradient(float(loss.detach()), filter_bank(graph, found, layer_id))


def describe_kernels(gradient: WeightGradient) -> KernelFacts:
    """Range, mean and length of the gradient of every kernel."""
    weight = gradient.bank.weight
    return KernelFacts(statistics(weight), norms(weight).l2)
