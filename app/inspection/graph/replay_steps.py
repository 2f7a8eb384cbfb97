"""A network as few steps as possible, each able to run on a whole layer or on a piece of one.

For computing one network many times with little changed: normalisation is folded into the
convolution before it, activation functions are carried out in place, and what slides a window can
be given just the piece of its input that it needs. The results differ from the network's own by
rounding alone.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import fx
from torch.nn import functional

from app.inspection.graph.layer_call import LayerCall
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.operations import operation_named
from app.inspection.graph.window import POINTWISE, Window

Function = Callable[..., torch.Tensor]

_IN_PLACE: dict[str, Function] = {
    "relu": torch.relu_,
    "silu": lambda value: functional.silu(value, inplace=True),
    "hardswish": lambda value: functional.hardswish(value, inplace=True),
}
# Change nothing about where values stand, and hold no sizes of their own.
_INNER_STEPS = frozenset({"pad", "constant_pad_nd", "slice"})


@dataclass(frozen=True, eq=False)
class ReplayStep:
    """One or several layers of which only the last one's value is needed.

    Attributes:
        id: of that last layer.
        inputs: ids of the layers it reads, in the order of the arguments.
        whole: computes the layer from whole inputs, (batch, ...) each.
        piece: computes any stretch of the layer from the stretch of its inputs that this one
            reads, what is outside the input filled in; None if it cannot.
        window: what it slides, for the stretch of the inputs.
        outside: what stands outside the input.
        scale: (1, 1, height, width) that a piece is to be multiplied by where it stands.
    """

    id: str
    inputs: tuple[str, ...]
    whole: Function
    piece: Function | None = None
    window: Window = POINTWISE
    outside: float = 0.0
    scale: torch.Tensor | None = None


def replay_steps(graph: LayerGraph, keep: Collection[str]) -> list[ReplayStep] | None:
    """The steps of a network in execution order.

    Args:
        graph: of a loaded network; its tensors are read, never changed.
        keep: ids of layers whose own values must be there.

    Returns:
        None if some layer cannot run by itself.
    """
    calls: dict[str, LayerCall] = {}
    for layer in graph.layers[1:]:
        call = graph.call(layer.id)
        if call is None:
            return None
        calls[layer.id] = call
    steps: list[ReplayStep] = []
    merged: set[str] = set()
    with torch.inference_mode():
        for layer in graph.layers[1:]:
            if layer.id in merged:
                continue
            chain = _chain(graph, layer, calls, keep)
            merged.update(member.id for member in chain)
            steps.append(_step(graph, chain, calls))
    return steps


def _chain(
    graph: LayerGraph, layer: LayerNode, calls: dict[str, LayerCall], keep: Collection[str]
) -> list[LayerNode]:
    """A layer and what only it feeds, as far as one step can do it all."""
    chain = [layer]
    if layer.operation not in ("convolution", "add", "batch_norm") or not _is_float32(graph, layer):
        return chain
    while chain[-1].id not in keep:
        readers = graph.consumers(chain[-1].id)
        if len(readers) != 1:
            break
        reader = graph.layer(readers[0])
        if reader.number_type != "float32":
            break
        follows = layer.operation == "convolution" and len(chain) == 1
        folds = (
            follows and reader.operation == "batch_norm" and _affine(calls[reader.id]) is not None
        )
        if not folds and _in_place(reader, calls[reader.id]) is None:
            break
        chain.append(reader)
        if not folds:
            break
    return chain


def _step(graph: LayerGraph, chain: list[LayerNode], calls: dict[str, LayerCall]) -> ReplayStep:
    first, last = chain[0], chain[-1]
    after = [
        function
        for layer in chain[1:]
        if (function := _in_place(layer, calls[layer.id])) is not None
    ]
    folded = next((layer for layer in chain[1:] if layer.operation == "batch_norm"), None)
    call = calls[first.id]
    step = None
    if not _is_float32(graph, first):
        step = None  # pieces are float32
    elif first.operation == "convolution":
        step = _convolution(first, call, calls[folded.id] if folded else None)
    elif first.operation == "max_pool":
        step = _max_pool(first, call)
    elif first.operation == "average_pool":
        step = _average_pool(graph, first, call)
    elif first.is_map and first.window is not None:
        step = _in_position(graph, first, call)
    if step is None:
        sources = tuple(dict.fromkeys(first.inputs))
        step = ReplayStep(first.id, sources, _from_contiguous(call))
    return ReplayStep(
        id=last.id,
        inputs=step.inputs,
        whole=_then(step.whole, after),
        piece=None if step.piece is None else _then(step.piece, after),
        window=step.window,
        outside=step.outside,
        scale=step.scale,
    )


def _is_float32(graph: LayerGraph, layer: LayerNode) -> bool:
    """True if neither a layer nor what it reads has numbers of another type."""
    layers = (layer, *(graph.layer(source) for source in layer.inputs))
    return all(each.number_type == "float32" for each in layers)


def _from_contiguous(call: LayerCall) -> Function:
    """A call whose views need values in the order that the network itself has them in."""
    if "view" not in call.operations():
        return call
    return lambda *values: call(*(value.contiguous() for value in values))


def _then(function: Function, after: Sequence[Function]) -> Function:
    if not after:
        return function

    def together(*inputs: torch.Tensor) -> torch.Tensor:
        value = function(*inputs)
        for change in after:
            value = change(value)
        return value

    return together


def _in_place(layer: LayerNode, call: LayerCall) -> Function | None:
    """An activation function that writes over its argument, which nobody else reads."""
    if len(call.nodes) != 1:
        return None
    if call.operations() == ("hardtanh",):
        arguments = call.arguments("hardtanh")
        low, high = float(arguments["min_val"]), float(arguments["max_val"])
        return lambda value: value.clamp_(low, high)
    return _IN_PLACE.get(layer.operation)


def _affine(call: LayerCall) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Batch normalisation with fixed statistics as x * scale + shift, each (channels,).

    Source: Ioffe and Szegedy, Batch Normalization, 2015, algorithm 2.
    """
    if call.operations() != ("batch_norm",):
        return None
    arguments = call.arguments("batch_norm")
    mean, variance = arguments["running_mean"], arguments["running_var"]
    if arguments["training"] or not isinstance(mean, torch.Tensor):
        return None
    # In float64, so that folding costs no precision.
    scale = (variance.double() + arguments["eps"]).rsqrt()
    if isinstance(arguments["weight"], torch.Tensor):
        scale = scale * arguments["weight"].double()
    shift = -mean.double() * scale
    if isinstance(arguments["bias"], torch.Tensor):
        shift = shift + arguments["bias"].double()
    return scale, shift


def _constant_padding(call: LayerCall) -> tuple[list[int], float] | None:
    """(amounts, value) of what a layer pads by itself; None if that is no constant."""
    name = next((name for name in call.operations() if name in ("pad", "constant_pad_nd")), None)
    if name is None:
        return [0, 0, 0, 0], 0.0
    arguments = call.arguments(name)
    if arguments.get("mode", "constant") != "constant":
        return None
    amounts = arguments["pad"]
    if not all(isinstance(amount, int) for amount in amounts) or len(amounts) != 4:
        return None
    return list(amounts), float(arguments["value"] or 0.0)


def _convolution(layer: LayerNode, call: LayerCall, norm: LayerCall | None) -> ReplayStep | None:
    padding = _constant_padding(call)
    window = layer.window
    arguments = call.arguments("conv2d")
    weight, bias = arguments["weight"], arguments["bias"]
    is_computed = not isinstance(weight, torch.Tensor) or isinstance(bias, fx.Node)
    if padding is None or padding[1] != 0.0 or window is None or is_computed:
        return ReplayStep(layer.id, layer.inputs, _then(call, [norm] if norm else []))
    if norm is not None:
        affine = _affine(norm)
        if affine is None:
            raise RuntimeError("Only a normalisation with fixed statistics is folded.")
        scale, shift = affine
        weight = (weight.double() * scale[:, None, None, None]).to(weight.dtype)
        bias = (shift if bias is None else shift + bias.double() * scale).to(weight.dtype)
    weight = weight.contiguous(memory_format=torch.channels_last)
    (top, bottom), (left, right) = window.padding
    is_even = top == bottom and left == right

    def piece(value: torch.Tensor) -> torch.Tensor:
        return torch.conv2d(
            value, weight, bias, window.stride, (0, 0), window.dilation, layer.groups
        )

    def whole(value: torch.Tensor) -> torch.Tensor:
        if is_even:
            sides = top, left
            return torch.conv2d(
                value, weight, bias, window.stride, sides, window.dilation, layer.groups
            )
        return piece(functional.pad(value, (left, right, top, bottom)))

    return ReplayStep(layer.id, layer.inputs, whole, piece, window)


def _max_pool(layer: LayerNode, call: LayerCall) -> ReplayStep | None:
    padding = _constant_padding(call)
    window = layer.window
    if padding is None or window is None or call.operations()[-1] != "max_pool2d":
        return None
    # Only a pooling that pads nothing itself has another operation's padding: one kind of outside.
    outside = padding[1] if any(padding[0]) else float("-inf")

    def piece(value: torch.Tensor) -> torch.Tensor:
        return functional.max_pool2d(value, window.kernel, window.stride, 0, window.dilation)

    return ReplayStep(layer.id, layer.inputs, call, piece, window, outside)


def _average_pool(graph: LayerGraph, layer: LayerNode, call: LayerCall) -> ReplayStep | None:
    """A piece is summed, then multiplied by one over how many values each window counts."""
    window = layer.window
    if window is None or call.operations() != ("avg_pool2d",):
        return None
    arguments = dict(call.arguments("avg_pool2d"))
    arguments.pop("self")
    area = graph.layer(layer.inputs[0]).output_shape[1:]
    ones = torch.ones(1, 1, *area)
    counted = torch.ops.aten.avg_pool2d(ones, **{**arguments, "divisor_override": 1})
    scale = torch.ops.aten.avg_pool2d(ones, **arguments) / counted

    def piece(value: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(value, window.kernel, window.stride, divisor_override=1)

    return ReplayStep(layer.id, layer.inputs, call, piece, window, scale=scale)


def _in_position(graph: LayerGraph, layer: LayerNode, call: LayerCall) -> ReplayStep | None:
    """What computes every position from the same position of its inputs."""
    if layer.window != POINTWISE:
        return None
    sources = [graph.layer(source) for source in layer.inputs]
    areas = {source.output_shape[1:] for source in sources}
    channels = sum(source.output_shape[0] for source in sources)
    function: Function | None = None
    inputs = layer.inputs
    if layer.operation == "concatenate" and areas == {layer.output_shape[1:]}:
        if layer.axes != (0,) or channels != layer.output_shape[0]:
            return None  # constants stand between them
        function = _concatenated
    elif layer.operation in ("slice", "split") and layer.channels is not None:
        function = _channels(layer.channels, layer.output_shape[0])
    elif layer.operation == "channel_shuffle":
        function = _shuffled(layer.groups)
    elif _is_free_of_places(layer, call):
        function, inputs = call, tuple(dict.fromkeys(layer.inputs))
    return function and ReplayStep(layer.id, inputs, function, function)


def _concatenated(*values: torch.Tensor) -> torch.Tensor:
    return torch.cat(values, 1)


def _channels(taken: tuple[int, int], count: int) -> Function | None:
    start, stop = taken
    if stop - start != count:
        return None  # not every one of them
    return lambda value: value[:, start:stop]


def _shuffled(groups: int) -> Function:
    def shuffled(value: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = value.shape
        parted = value.reshape(batch, groups, channels // groups, height, width)
        return parted.transpose(1, 2).reshape(batch, channels, height, width)

    return shuffled


def _is_free_of_places(layer: LayerNode, call: LayerCall) -> bool:
    """True if no operation or constant has the layer's height or width in it."""
    if any(tensor.dim() >= 2 and tensor.shape[-2:] != (1, 1) for tensor in call.tensors()):
        return False
    if len(call.nodes) == 1:
        return _is_pointwise(call.operations()[0], call)
    # Response normalisation: sums over neighbouring channels, written in several operations.
    return layer.operation == "local_response_norm" and all(
        name in _INNER_STEPS or _is_pointwise(name, call) for name in call.operations()
    )


def _is_pointwise(name: str, call: LayerCall) -> bool:
    return operation_named(name, call.arguments(name)).reach == "pointwise"
