"""Gradients by the input under other rules for the rectifiers: deconvnet, guided backpropagation.

A rectifier hands back the gradient that it is given. The three rules differ in what they let
through, with g the gradient from above and f the rectifier at its input x:

    plain      g * f'(x)                     backpropagation
    deconvnet  max(g, 0)                     what is negative in the reconstruction is cut off,
                                             whatever the rectifier did on the way up
    guided     max(g, 0) * max(f'(x), 0)     both of them

For ReLU f'(x) is 1 where x > 0 and 0 elsewhere, and these are the published rules. Everything else
keeps its plain derivative. Max pooling's already goes to the winner alone, which is what Zeiler and
Fergus call switches; where windows overlap, what comes back to one place is added up.

For other activations nothing is published, and they are treated as follows:

* What is flat or nearly so on the left and grows on the right takes the formulas above with its own
  derivative: ReLU6 (which thereby stops guided gradients above 6), clamping from 0, leaky ReLU,
  PReLU, ELU, SELU, CELU, GELU, SiLU, Mish, hardswish, softplus. Where such a function falls (SiLU
  left of -1.28) f' is negative and the guided rule lets nothing through, so that under either rule
  nothing negative leaves a rectifier.
* Curves that level off at both ends (sigmoid, tanh, hardsigmoid, hardtanh around 0) rectify
  nothing, and keep their plain derivative. In a network with only those, as LeNet-5, all three
  rules are one.

The rules stand in the interpreter that runs the graph and not in hooks on modules, so a ReLU that
is called twice, a functional one and one that writes in place are all met.

Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2013, section 2.1;
Springenberg, Dosovitskiy, Brox, Riedmiller, Striving for Simplicity: The All Convolutional Net,
2014, section 3.4 and figure 1; Simonyan, Vedaldi, Zisserman, Deep Inside Convolutional Networks,
2013, section 4, on how the deconvnet is a gradient.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch

from app.inspection.graph.input_gradient import input_gradient
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.operations import arguments_of, is_in_place, name_of
from app.inspection.graph.program import Evaluate, evaluate_plainly
from app.inspection.graph.unit import Unit

Rule = Literal["plain", "guided", "deconvnet"]
RULES: tuple[Rule, ...] = ("plain", "guided", "deconvnet")

# Flat on the left, growing on the right, whatever their arguments are.
_RECTIFIERS = frozenset(
    {"relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish"}
    | {"hardswish", "softplus"}
)


def projection(
    graph: LayerGraph, tensor: torch.Tensor, unit: Unit, rule: Rule = "plain"
) -> torch.Tensor:
    """The signed gradient of one unit by every value of the input, under a rule.

    With "deconvnet" it is the projection of the unit onto the input, of a 1 in its place; Zeiler
    and Fergus put the unit's value there, which scales the whole by it.

    Args:
        graph: of the network; only read.
        tensor: (1, *graph.input_shape).
        unit: of any layer.
        rule: see the module.

    Returns:
        float32 (channels, height, width). Zeros where the number does not depend on the input.

    Raises:
        UnknownLayerError, IndexError: there is no such unit.
        ValueError: there is no such rule.
    """
    return input_gradient(graph, tensor, unit, evaluate_by(rule))[1][0].to(torch.float32)


def evaluate_by(rule: Rule) -> Evaluate:
    """What `LayerGraph.compute` carries operations out with, so that gradients obey the rule.

    The values that it computes are those of the network, whatever the rule.

    Raises:
        ValueError: there is no such rule.
    """
    if rule not in RULES:
        raise ValueError(f"There is no rule {rule!r}; there is {', '.join(RULES)}.")
    if rule == "plain":
        return evaluate_plainly
    is_gated = rule == "guided"

    def evaluate(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not is_rectifier(name_of(function), arguments_of(function, args, kwargs)):
            return function(*args, **kwargs)
        value = args[0]
        rectified = _rectify(value, function, (args[1:], kwargs), is_gated)
        # Where the network writes in place, other views of this memory must see it.
        return value.copy_(rectified) if is_in_place(function) else rectified

    return evaluate


def is_rectifier(name: str, arguments: Mapping[str, Any]) -> bool:
    """True if the rules change what this operation hands back.

    Args:
        name: its ATen name, `relu`.
        arguments: by the names of its schema.
    """
    if name == "hardtanh":
        return bool(arguments["min_val"] == 0)
    if name in ("clamp", "clamp_min"):
        return bool(arguments["min"] == 0)
    return name in _RECTIFIERS


def rectifiers_below(graph: LayerGraph, unit: Unit) -> tuple[LayerNode, ...]:
    """The layers on the way from the input to the unit whose gradient the rules change."""
    reached = {graph.layer(unit.layer_id).id}
    found: list[LayerNode] = []
    for layer in reversed(graph.layers):
        if layer.id in reached:
            reached.update(layer.inputs)
            if any(is_rectifier(_bare(name), layer.arguments) for name in layer.aten):
                found.append(layer)
    return tuple(reversed(found))


class _Rectified(torch.autograd.Function):
    """Computes an elementwise function, and hands back what the rule lets through."""

    @staticmethod
    def forward(
        ctx: Any, value: torch.Tensor, function: Any, others: Any, is_gated: bool
    ) -> torch.Tensor:
        args, kwargs = others
        ctx.gate = None
        with torch.set_grad_enabled(is_gated):
            point = value.detach().requires_grad_(is_gated)
            # The copy is for functions that write in place.
            result: torch.Tensor = function(point.clone(), *args, **kwargs)
            if is_gated:
                (derivative,) = torch.autograd.grad(result, point, torch.ones_like(result))
                ctx.gate = derivative.clamp_(min=0)
        return result.detach()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        positive = gradients[0].clamp(min=0)
        return positive if ctx.gate is None else positive * ctx.gate, None, None, None


_rectify: Callable[..., torch.Tensor] = _Rectified.apply


def _bare(aten: str) -> str:
    """`relu` of `aten.relu.default`."""
    return aten.split(".")[1].rstrip("_") if aten.startswith("aten.") else aten
