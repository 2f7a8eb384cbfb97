"""Which operations of a graph a person would look at, and which of them are one layer.

Bookkeeping (sizes, copies, tuples) makes no layer. A few modules write several operations for one
idea: response normalisation, a convolution that pads by itself, a channel shuffle. They are shown
as the one layer that they are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import fx

from app.inspection.graph.operations import SPLITS, TRANSPARENT, arguments_of, name_of

# Modules whose whole forward is one layer, and the operation that it is.
_COMPOSITES = {
    "torch.nn.modules.normalization.LocalResponseNorm": "local_response_norm",
    "models.architectures.alexnet.ResponseNormalisation": "local_response_norm",
}

# Not a transposed convolution: what is put around its input is a stride apart in its result.
_PADDED = frozenset({"conv2d", "max_pool2d", "avg_pool2d"})
_RESHAPES = frozenset({"view", "reshape", "flatten", "_unsafe_view"})

_TORCH = Path(torch.__file__).parent

Call = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Draft:
    """One layer in the making.

    Attributes:
        name: in the words of ATen, or of `app.inspection.graph.operations`.
        result: the node whose value is the layer's.
        main: the node whose arguments describe it.
        members: all its nodes, in execution order.
        item: which part of a split it is.
    """

    name: str
    result: fx.Node
    main: fx.Node
    members: tuple[fx.Node, ...]
    item: int | None = None

    @property
    def call(self) -> Call:
        """The calls of modules around it, outermost first; two calls of one module differ."""
        return call_of(self.result)

    @property
    def path(self) -> str:
        """The path of the innermost module around it, "" for the network itself."""
        return module_path(self.result)


def call_of(node: fx.Node) -> Call:
    """The keys of the module calls around a node; torch.export numbers repeated calls."""
    return tuple(_module_stack(node))


def module_path(node: fx.Node) -> str:
    """The path of the innermost module whose forward made the node."""
    entries = list(_module_stack(node).values())
    return entries[-1][0] if entries else ""


def modules_around(node: fx.Node) -> Iterator[tuple[str, str]]:
    """(path, class) of every module whose forward was running, outermost first."""
    for path, title in _module_stack(node).values():
        parts = path.split(".") if path else []
        for depth in range(1, len(parts)):
            yield ".".join(parts[:depth]), "Module"
        yield path, str(title).rpartition(".")[2]


def _module_stack(node: fx.Node) -> dict[str, tuple[str, str]]:
    stack: dict[str, tuple[str, str]] = node.meta.get("nn_module_stack") or {}
    # What torch.export adds between modules carries a stand-in instead of a path.
    return {key: entry for key, entry in stack.items() if not key.startswith("_empty_")}


def value_of(node: fx.Node) -> torch.Tensor | None:
    """The symbolic tensor that stands for the node's value, None if that is something else."""
    value = node.meta.get("val")
    return value if isinstance(value, torch.Tensor) else None


def shape_of(node: fx.Node) -> tuple[int, ...]:
    """Its value's shape for one picture, without the batch axis if that is the first."""
    value = value_of(node)
    if value is None:
        return ()
    sizes = tuple(size_for_one(size) for size in value.shape)
    return sizes[1:] if has_batch_axis(node) else sizes


def has_batch_axis(node: fx.Node) -> bool:
    """True if the first axis of its value counts pictures, and nothing else besides."""
    value = value_of(node)
    if value is None or value.dim() == 0:
        return False
    first = value.shape[0]
    # Symbolic is the number of pictures; the network may have put other axes into it.
    return bool(first.node.expr.is_Symbol) if isinstance(first, torch.SymInt) else first == 1


def picture_axis(node: fx.Node) -> tuple[int, int] | None:
    """(axis of its value that counts the pictures, entries of it for each), None without one."""
    value = value_of(node)
    sizes = () if value is None else value.shape
    return next(
        (
            (axis, size_for_one(size))
            for axis, size in enumerate(sizes)
            if isinstance(size, torch.SymInt)
        ),
        None,
    )


def number_type_of(node: fx.Node) -> str:
    """What its value is computed in: `float32`, `int64`, `complex64`."""
    value = value_of(node)
    return "" if value is None else str(value.dtype).removeprefix("torch.")


def size_for_one(size: int | torch.SymInt) -> int:
    """A size for one picture."""
    if not isinstance(size, torch.SymInt):
        return size
    formula = size.node.expr
    return int(formula.subs(dict.fromkeys(formula.free_symbols, 1)))


def source_line(node: fx.Node) -> str | None:
    """`file.py:12` of the network's own line that made a node, with what stands there."""
    lines = [line.strip() for line in str(node.meta.get("stack_trace") or "").splitlines()]
    places = [
        number
        for number, line in enumerate(lines)
        if line.startswith('File "') and not line.startswith(f'File "{_TORCH}')
    ]
    if not places:
        return None
    file, number, *_ = lines[places[-1]].removeprefix("File ").split(", ")
    code = lines[places[-1] + 1 :][:1]
    name = Path(file.strip('"')).name + ":" + number.removeprefix("line ")
    return f"{name}, `{code[0]}`" if code else name


def carries_activations(node: fx.Node) -> bool:
    """True if its value is a tensor, or a tuple of them; False for sizes and checks."""
    return isinstance(node.meta.get("val"), torch.Tensor | tuple | list)


def dependent_nodes(graph: fx.Graph, source: fx.Node) -> set[fx.Node]:
    """The nodes whose values change with the picture."""
    dependent = {source}
    for node in graph.nodes:
        if node.op == "call_function" and carries_activations(node):
            readable = (argument for argument in node.all_input_nodes if argument in dependent)
            if any(carries_activations(argument) for argument in readable):
                dependent.add(node)
    return dependent


def fold(graph: fx.Graph, dependent: set[fx.Node]) -> list[Draft]:
    """The layers of a graph in execution order."""
    nodes = [node for node in graph.nodes if node in dependent and node.op == "call_function"]
    drafts: list[Draft] = []
    folded: set[fx.Node] = set()
    composites = _composite_calls(nodes)
    for node in nodes:
        if node in folded:
            continue
        draft = composites.get(call_of(node)) or _pattern_at(node) or _single(node)
        if draft is not None:
            folded.update(draft.members)
            drafts.append(draft)
    order = {node: position for position, node in enumerate(nodes)}
    return sorted(drafts, key=lambda draft: order[draft.result])


def whole_calls(drafts: Iterable[Draft]) -> set[Call]:
    """The calls that consist of one layer and no module's call inside: the leaves."""
    drafts = list(drafts)
    outer = {draft.call[:depth] for draft in drafts for depth in range(len(draft.call))}
    counted = Counter(draft.call for draft in drafts)
    return {call for call, layers in counted.items() if layers == 1 and call not in outer}


def _composite_calls(nodes: list[fx.Node]) -> dict[Call, Draft]:
    calls: dict[Call, list[fx.Node]] = {}
    names: dict[Call, str] = {}
    for node in nodes:
        stack = _module_stack(node)
        module_class = next(reversed(stack.values()))[1] if stack else ""
        if module_class in _COMPOSITES:
            calls.setdefault(tuple(stack), []).append(node)
            names[tuple(stack)] = _COMPOSITES[module_class]
    return {
        call: Draft(names[call], members[-1], members[-1], tuple(members))
        for call, members in calls.items()
    }


def response_norm_settings(draft: Draft) -> dict[str, int | float]:
    """Of a local response norm: a / (k + alpha * sum of squares of its neighbours) ** beta.

    `before` and `after` count the neighbours along the channels. torch divides its alpha by their
    number; here it is as the formula of Krizhevsky et al. 2012 has it.
    """
    pads, averages, settings = (0, 0), False, {"alpha": 1.0, "k": 0.0, "beta": 1.0}
    for node in draft.members:
        arguments = arguments_of(node.target, node.args, node.kwargs)
        match name_of(node.target):
            case "pad" | "constant_pad_nd":
                before, after = arguments["pad"][-2:]
                pads = int(before), int(after)
            case "avg_pool2d" | "avg_pool3d":
                averages = True
            case "mul" if isinstance(arguments["other"], int | float):
                settings["alpha"] = float(arguments["other"])
            case "add" if isinstance(arguments["other"], int | float):
                settings["k"] = float(arguments["other"])
            case "pow":
                settings["beta"] = float(arguments["exponent"])
    if averages:
        settings["alpha"] /= sum(pads) + 1
    return {**settings, "before": pads[0], "after": pads[1]}


def _single(node: fx.Node) -> Draft | None:
    name = name_of(node.target)
    if value_of(node) is None or (name in TRANSPARENT and not _rounds(node)):
        return None
    if name != "getitem":
        return Draft(name, node, node, (node,))
    whole, item = node.args
    if not isinstance(whole, fx.Node) or not isinstance(item, int):
        return Draft(name, node, node, (node,))
    parent = name_of(whole.target)
    if parent in SPLITS:
        return Draft(parent, node, whole, (whole, node), item)
    if parent == "unbind":
        return Draft(parent, node, whole, (whole, node), item)
    # The first is what the operation is called after, the others stand beside it.
    name = parent if item == 0 else f"{parent}_{item}"
    return Draft(name, node, whole, (whole, node))


def _rounds(node: fx.Node) -> bool:
    """True for a conversion to whole numbers: it makes other numbers, and has no slope."""
    value, read = value_of(node), [value_of(source) for source in node.all_input_nodes]
    if value is None or value.is_floating_point() or value.is_complex():
        return False
    return any(each is not None and each.is_floating_point() for each in read[:1])


def _pattern_at(node: fx.Node) -> Draft | None:
    patterns = (_channel_shuffle, _self_padding, _normalisation_over_channels, _slices)
    return next((draft for pattern in patterns if (draft := pattern(node)) is not None), None)


def _reader(node: fx.Node) -> fx.Node | None:
    """The one node that reads this one's value, None if there are more or none."""
    return next(iter(node.users)) if len(node.users) == 1 else None


def _channel_shuffle(node: fx.Node) -> Draft | None:
    """(groups, channels / groups) transposed and flattened again, as in ShuffleNet."""
    if name_of(node.target) not in _RESHAPES or len(shape_of(node)) != 4:
        return None
    before = shape_of(node.all_input_nodes[0])
    transposed = _reader(node)
    if transposed is None or name_of(transposed.target) not in ("transpose", "permute"):
        return None
    groups, members, *area = shape_of(node)
    if shape_of(transposed) != (members, groups, *area) or (groups * members, *area) != before:
        return None
    # Equal sizes would hide which axes were exchanged.
    if list(transposed.args[1:]) not in ([1, 2], [2, 1], [[0, 2, 1, 3, 4]]):
        return None
    chain = [node, transposed]
    last = _reader(transposed)
    if last is not None and name_of(last.target) in TRANSPARENT:
        chain.append(last)
        last = _reader(last)
    if last is None or name_of(last.target) not in _RESHAPES or shape_of(last) != before:
        return None
    return Draft("channel_shuffle", last, node, (*chain, last))


def _self_padding(node: fx.Node) -> Draft | None:
    """A module that pads its input and then slides its window: TensorFlow's SAME, `reflect`."""
    window = _reader(node)
    if name_of(node.target) != "pad" or window is None or name_of(window.target) not in _PADDED:
        return None
    padding = arguments_of(node.target, node.args, node.kwargs)["pad"]
    own = call_of(node) == call_of(window) and len(call_of(node)) > 1
    if not own or window.args[0] is not node or len(padding) > 4:
        return None
    if not _adds_up(node, window):
        return None
    return Draft(name_of(window.target), window, window, (node, window))


def _adds_up(pad: fx.Node, window: fx.Node) -> bool:
    """True if a pad and the padding of the window behind it are one padding of both amounts."""
    own = arguments_of(window.target, window.args, window.kwargs)["padding"]
    if own == "valid" or not any([own] if isinstance(own, int | str) else own):
        return True
    if name_of(window.target) == "max_pool2d":
        return False  # outside of it stands minus infinity
    arguments = arguments_of(pad.target, pad.args, pad.kwargs)
    # What is cut off would come back as itself, what is mirrored would mirror once more.
    is_zeros = arguments["mode"] == "constant" and not arguments["value"]
    return is_zeros and all(isinstance(each, int) and each >= 0 for each in arguments["pad"])


def _normalisation_over_channels(node: fx.Node) -> Draft | None:
    """Channels moved to the end, normalised there and moved back, by one module (ConvNeXt)."""
    normalised = _reader(node)
    if normalised is None or name_of(normalised.target) != "layer_norm":
        return None
    back = _reader(normalised)
    if back is None or not (call_of(node) == call_of(normalised) == call_of(back)):
        return None
    if not (is_to_channels_last(node) and is_to_channels_first(back)):
        return None
    return Draft("layer_norm", back, normalised, (node, normalised, back))


def is_to_channels_last(node: fx.Node) -> bool:
    """True for a permutation (channels, height, width) -> (height, width, channels)."""
    return _permutes(node, [0, 2, 3, 1])


def is_to_channels_first(node: fx.Node) -> bool:
    """True for a permutation (height, width, channels) -> (channels, height, width)."""
    return _permutes(node, [0, 3, 1, 2])


def _permutes(node: fx.Node, order: list[int]) -> bool:
    if name_of(node.target) != "permute":
        return False
    return list(arguments_of(node.target, node.args, node.kwargs)["dims"]) == order


def _slices(node: fx.Node) -> Draft | None:
    """The slices of one index expression, `x[:, :, 1:, 1:]`, or `x[:, 0]` made a map again."""
    name, reader = name_of(node.target), _reader(node)
    if reader is None or call_of(reader) != call_of(node):
        return None
    if name == "select" and name_of(reader.target) == "unsqueeze":
        same_axis = node.args[1] == reader.args[1] == 1
        return Draft("slice", reader, node, (node, reader)) if same_axis else None
    if name != "slice":
        return None
    chain = [node]
    # An index expression slices each axis once, in their order: what comes after is another one.
    while (
        reader is not None
        and name_of(reader.target) == "slice"
        and _axis_of_slice(chain[-1]) < _axis_of_slice(reader)
    ):
        chain.append(reader)
        reader = _reader(reader)
    return Draft("slice", chain[-1], chain[-1], tuple(chain)) if len(chain) > 1 else None


def _axis_of_slice(node: fx.Node) -> int:
    return int(arguments_of(node.target, node.args, node.kwargs)["dim"])
