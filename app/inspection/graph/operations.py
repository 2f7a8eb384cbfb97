"""What the operations of an ATen graph are called in the field, and how far each one reaches.

The table is the only place that knows operations by name. What it does not know is still a layer:
it keeps its ATen name, and nothing is claimed of its geometry.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch

from app.inspection.graph.torch_private import OpOverload, overload_name, schema_arguments, writes

# How an output position depends on the input's positions:
#   window     through a sliding window that its arguments describe
#   pointwise  on the same position of each input alone
#   other      some other way, or one that is not known
Reach = Literal["window", "pointwise", "other"]


@dataclass(frozen=True)
class Operation:
    """One entry of the table.

    Attributes:
        term: what a textbook calls it.
    """

    term: str
    reach: Reach = "other"


def _pointwise(*names: str) -> dict[str, Operation]:
    return {name: Operation(name, "pointwise") for name in names}


def _other(*names: str) -> dict[str, Operation]:
    return {name: Operation(name) for name in names}


_OPERATIONS: dict[str, Operation] = {
    "conv2d": Operation("convolution", "window"),
    "conv_transpose2d": Operation("transposed_convolution", "window"),
    "max_pool2d": Operation("max_pool", "window"),
    "max_pool2d_with_indices": Operation("max_pool", "window"),
    "avg_pool2d": Operation("average_pool", "window"),
    "pad": Operation("pad", "window"),
    "constant_pad_nd": Operation("pad", "window"),
    "slice": Operation("slice", "window"),
    "select": Operation("slice"),
    "chunk": Operation("split", "window"),
    "split": Operation("split", "window"),
    "split_with_sizes": Operation("split", "window"),
    "unsafe_split": Operation("split", "window"),
    "unsafe_chunk": Operation("split", "window"),
    # Writes through views become these, see `app.inspection.tracing.view_writes`.
    "slice_scatter": Operation("overwrite"),
    "select_scatter": Operation("overwrite"),
    "write_view": Operation("overwrite"),
    "adaptive_avg_pool2d": Operation("adaptive_average_pool"),
    "adaptive_max_pool2d": Operation("adaptive_max_pool"),
    "cat": Operation("concatenate"),
    "softmax": Operation("softmax"),
    "log_softmax": Operation("log_softmax"),
    "layer_norm": Operation("layer_norm"),
    "matmul": Operation("matrix_product"),
    "mm": Operation("matrix_product"),
    "bmm": Operation("matrix_product"),
    "addmm": Operation("linear"),
    "view": Operation("reshape"),
    "reshape": Operation("reshape"),
    "_unsafe_view": Operation("reshape"),
    "unflatten": Operation("reshape"),
    "upsample_nearest2d": Operation("upsample"),
    "upsample_bilinear2d": Operation("upsample"),
    "upsample_bicubic2d": Operation("upsample"),
    "scaled_dot_product_attention": Operation("attention"),
    "mul": Operation("multiply", "pointwise"),
    "div": Operation("divide", "pointwise"),
    "sub": Operation("subtract", "pointwise"),
    "rsub": Operation("subtract", "pointwise"),
    "pow": Operation("power", "pointwise"),
    "sqrt": Operation("square_root", "pointwise"),
    "neg": Operation("negate", "pointwise"),
    "abs": Operation("absolute", "pointwise"),
    "exp": Operation("exponential", "pointwise"),
    "log": Operation("logarithm", "pointwise"),
    # These two are found by `app.inspection.graph.folding`, not in a graph.
    "local_response_norm": Operation("local_response_norm", "pointwise"),
    "channel_shuffle": Operation("channel_shuffle", "pointwise"),
    **_other("linear", "flatten", "permute", "transpose", "squeeze", "unsqueeze", "expand"),
    **_other("mean", "sum", "amax", "stack", "group_norm", "instance_norm", "pixel_shuffle"),
    **_pointwise("add", "batch_norm", "relu", "relu6", "hardtanh", "leaky_relu", "prelu", "elu"),
    **_pointwise("selu", "celu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid"),
    **_pointwise("tanh", "softplus", "clamp", "square", "dropout"),
}

# In evaluation mode these hand on their very input.
_IDENTITIES = frozenset(
    {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "alias", "detach"}
)

# These copy or convert at most: they must run, but make nothing that a person would look at.
TRANSPARENT = frozenset({"contiguous", "clone", "to", "_to_copy", "type_as", "lift_fresh"})

# Each part of what they cut is an item of a tuple.
SPLITS = frozenset({"chunk", "split", "split_with_sizes", "unsafe_split", "unsafe_chunk"})

# Layouts pass through these unchanged, whatever order the axes are in; through a reduction if it
# keeps the axes that it reduces.
LAYOUT_AGNOSTIC = SPLITS | frozenset(
    {"linear", "layer_norm", "cat", "linalg_vector_norm", "softmax", "log_softmax"}
    | {"mean", "sum", "amax", "slice"}
)


@dataclass(frozen=True)
class OnCopy:
    """An operation that writes, carried out on a copy of what it writes into; returns the copy.

    For those that torch has no other form of, and for those that convert what they write.
    """

    operation: Any

    def __call__(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        (written,) = written_arguments(self.operation)
        named = arguments_of(self.operation, args, kwargs)
        copy: torch.Tensor = named[written].clone()
        names = [argument.name for argument in schema_arguments(self.operation)]
        position = names.index(written)
        if position < len(args):
            self.operation(*args[:position], copy, *args[position + 1 :], **kwargs)
        else:
            self.operation(*args, **{**kwargs, written: copy})
        return copy

    def __str__(self) -> str:
        return str(self.operation)


@dataclass(frozen=True)
class UnderAutocast:
    """An operation in a `torch.autocast` region with these settings."""

    operation: Any
    device_type: str
    dtype: torch.dtype | None
    enabled: bool

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Each operation has a region of its own: nothing to keep for the next one.
        with torch.autocast(self.device_type, self.dtype, self.enabled, cache_enabled=False):
            return self.operation(*args, **kwargs)

    def __str__(self) -> str:
        return str(self.operation)


def name_of(target: Any) -> str:
    """The bare ATen name of what an fx node calls: `relu` for `aten.relu_.default`."""
    if isinstance(target, OnCopy | UnderAutocast):
        return name_of(target.operation)
    if isinstance(target, OpOverload):
        return str(target.overloadpacket.__name__).rstrip("_")
    return str(getattr(target, "__name__", target))


def operation_named(name: str, arguments: dict[str, Any]) -> Operation:
    """The operation of an ATen name with these arguments."""
    if name == "hardtanh" and (arguments.get("min_val"), arguments.get("max_val")) == (0, 6):
        name = "relu6"
    return _OPERATIONS.get(name, Operation(name))


def is_pointwise(name: str, arguments: dict[str, Any]) -> bool:
    """True if each number depends on those at the same place of the inputs alone."""
    if name in ("batch_norm", "instance_norm"):
        return not uses_own_statistics(arguments)
    mixes_channels = name in ("local_response_norm", "channel_shuffle")
    return operation_named(name, arguments).reach == "pointwise" and not mixes_channels


def uses_own_statistics(arguments: dict[str, Any]) -> bool:
    """True if a normalisation reads the means of what it is given, not those of its training."""
    asked = arguments.get("training", False) or arguments.get("use_input_stats", False)
    return bool(asked) or arguments.get("running_mean") is None


def is_known(name: str) -> bool:
    """True if the table has an operation of this ATen name."""
    return name in _OPERATIONS


def arguments_of(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments by the names in the operation's schema, its defaults filled in."""
    if isinstance(target, OnCopy | UnderAutocast):
        return arguments_of(target.operation, args, kwargs)
    if not isinstance(target, OpOverload):
        return dict(kwargs)
    named: dict[str, Any] = {}
    for position, argument in enumerate(schema_arguments(target)):
        if position < len(args):
            named[argument.name] = args[position]
        elif argument.name in kwargs:
            named[argument.name] = kwargs[argument.name]
        else:
            named[argument.name] = argument.default_value
    return named


def is_identity(target: Any, arguments: dict[str, Any]) -> bool:
    """True if the operation returns its first argument with nothing done to it."""
    name = name_of(target)
    if name == "slice":
        whole = arguments["start"] in (None, 0) and arguments["end"] in (None, 2**63 - 1)
        return whole and bool(arguments["step"] == 1)
    return name in _IDENTITIES and not arguments.get("train", False)


def out_of_place(target: Any) -> Callable[..., Any] | None:
    """The form of an in-place operation that makes a new tensor: `relu` for `relu_`.

    Returns None where torch has none with the same arguments.
    """
    if not is_in_place(target):
        return None
    packet = getattr(torch.ops.aten, name_of(target), None)
    functional = getattr(packet, overload_name(target), None)
    if functional is None or is_in_place(functional):
        return None
    names, expected = (
        [argument.name for argument in schema_arguments(each)] for each in (functional, target)
    )
    return functional if names == expected else None


def is_in_place(target: Any) -> bool:
    """True if the operation writes into one of its arguments."""
    if target is operator.getitem or not isinstance(target, OpOverload):
        return False
    return writes(target)


def written_arguments(target: Any) -> tuple[str, ...]:
    """The names of the arguments that an operation writes into."""
    return tuple(
        argument.name
        for argument in schema_arguments(target)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
