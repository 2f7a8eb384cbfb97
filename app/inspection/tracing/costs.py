"""What a layer holds and what it costs: trained numbers and multiply-adds.

One multiply-add (MAC) is one product added to a sum, for one picture; biases, normalisations and
activation functions are not counted, as usual in the literature.

    convolution             outputs * (in_channels / groups) * kernel height * kernel width
    transposed convolution  inputs * (out_channels / groups) * kernel height * kernel width
    linear                  outputs * in_features
    matrix product          outputs * length of the summed axis
"""

import math
from collections.abc import Iterable

from torch import fx

from app.inspection.graph.folding import Draft, shape_of, size_for_one, value_of
from app.inspection.graph.operations import name_of
from app.inspection.tracing.exporting import Exported


def multiply_accumulates(draft: Draft) -> int:
    """For one picture, over all operations of the layer."""
    return sum(_of_node(node) for node in draft.members)


def _of_node(node: fx.Node) -> int:
    match name_of(node.target):
        case "conv2d" | "linear" | "conv1d" | "conv3d":
            # Weights are (out, in / groups, *kernel): all but the first are summed over.
            return math.prod(shape_of(node)) * math.prod(_weight_shape(node)[1:])
        case "conv_transpose2d":
            # Weights are (in, out / groups, *kernel).
            inputs = shape_of(node.all_input_nodes[0])
            return math.prod(inputs) * math.prod(_weight_shape(node)[1:])
        case "matmul" | "mm" | "bmm" | "addmm":
            left = node.args[1] if name_of(node.target) == "addmm" else node.args[0]
            summed = value_of(left).shape[-1] if isinstance(left, fx.Node) else 0  # type: ignore[union-attr]  # a factor is a tensor
            return math.prod(shape_of(node)) * size_for_one(summed)
    return 0


def _weight_shape(node: fx.Node) -> tuple[int, ...]:
    weight = value_of(node.all_input_nodes[1])
    return () if weight is None else tuple(size_for_one(size) for size in weight.shape)


class ParameterCount:
    """Assigns every trained tensor to the first layer that uses it."""

    def __init__(self, exported: Exported, dependent: set[fx.Node]) -> None:
        self._exported = exported
        self._dependent = dependent
        self._counted: set[int] = set()

    def of_layer(self, draft: Draft) -> tuple[int, tuple[str, ...]]:
        """The number of trained numbers that are new with this layer, and all tensors' names."""
        total, names = 0, []
        for node in self._parameters_behind(draft.members):
            parameter = self._exported.constants[node]
            names.append(self._exported.parameter_names[node])
            if id(parameter) not in self._counted:
                self._counted.add(id(parameter))
                total += parameter.numel()
        return total, tuple(names)

    def _parameters_behind(self, nodes: Iterable[fx.Node]) -> list[fx.Node]:
        """Parameters that reach the nodes without passing another layer, in argument order."""
        found: dict[fx.Node, None] = {}
        for node in nodes:
            for argument in node.all_input_nodes:
                if argument in self._exported.parameter_names:
                    found[argument] = None
                elif argument not in self._dependent:
                    found |= dict.fromkeys(self._parameters_behind([argument]))
        return list(found)
