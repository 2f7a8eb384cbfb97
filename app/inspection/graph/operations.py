"""What the operations of an ATen graph are, by the table of those that are known."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from app.inspection.graph.known_operations import OPERATIONS, REDUCTIONS, Operation
from app.inspection.graph.torch_private import OpOverload, overload_name, schema_arguments, writes

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
LAYOUT_AGNOSTIC = (
    SPLITS
    | frozenset({"linear", "layer_norm", "cat", "softmax", "log_softmax", "slice", "roll", "flip"})
    | frozenset(REDUCTIONS)
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
    if name in ("max", "min") and "other" in arguments:
        name += "imum"  # of two tensors, not along an axis
    return OPERATIONS.get(name, Operation(name))


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
    return name in OPERATIONS


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
