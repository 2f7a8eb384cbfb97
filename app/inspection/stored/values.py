"""The arguments of stored operations: a small grammar, nothing of which is ever evaluated.

Numbers, texts, true, false and null stand for themselves, lists too. An object with one key is one
of what JSON has not: `{"node": 3}` the value of an operation, `{"tuple": [...]}`, `{"map": {...}}`,
`{"slice": [0, 4, null]}`, `{"float": "inf"}`, `{"complex": [0.0, 1.0]}`, `{"dtype": "float32"}`,
`{"layout": "strided"}`, `{"memory_format": "channels_last"}`, `{"device": "cpu"}`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import fx

from models.disk.checked_fields import DamagedRecordError, can_be_written

# Of lists in lists; ATen takes lists of lists of tensors at most.
_DEEPEST = 8
_LONGEST = 65_536
_LARGEST = 2**63 - 1

_DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name)
    for name in (
        *("float32", "float64", "float16", "bfloat16", "complex64", "complex128"),
        *("int8", "int16", "int32", "int64", "uint8", "bool"),
    )
}
_MEMORY_FORMATS = ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")

# What is written as one word: the type of the value, and the value of each word.
_WORDS: dict[str, tuple[type, Mapping[str, Any]]] = {
    "float": (float, {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}),
    "dtype": (torch.dtype, _DTYPES),
    "layout": (torch.layout, {"strided": torch.strided}),
    "memory_format": (
        torch.memory_format,
        {name: getattr(torch, name) for name in _MEMORY_FORMATS},
    ),
    "device": (torch.device, {name: torch.device(name) for name in ("cpu", "meta")}),
}

Named = TypeVar("Named")


@dataclass(frozen=True)
class _Group:
    """What is written as a list of others: how it is taken apart, put together, and how many."""

    type: type
    parts: Callable[[Any], Sequence[Any]]
    whole: Callable[..., Any]
    count: int | None = None


_GROUPS = {
    "tuple": _Group(tuple, tuple, lambda *parts: parts),
    "slice": _Group(slice, lambda value: (value.start, value.stop, value.step), slice, 3),
    "complex": _Group(complex, lambda value: (value.real, value.imag), complex, 2),
}


def name_of_dtype(dtype: torch.dtype) -> str:
    """`float32` for `torch.float32`."""
    return str(dtype).removeprefix("torch.")


def dtype_named(name: str, where: str) -> torch.dtype:
    """The number type of a name.

    Raises:
        DamagedRecordError: there is no such one.
    """
    return _named(name, _DTYPES, where)


def describe_value(value: Any, index_of: Callable[[fx.Node], int]) -> Any:
    """An argument, ready for JSON.

    Args:
        value: of an fx node, or a setting of a layer.
        index_of: the place of a node in the stored graph.

    Raises:
        ValueError: the grammar has no word for it.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, fx.Node):
        return {"node": index_of(value)}
    if isinstance(value, list):
        return [describe_value(entry, index_of) for entry in value]
    found = _described_kind(value, index_of)
    if found is None:
        raise ValueError(f"{value!r} is no argument that a stored graph may have.")
    return found


def _described_kind(value: Any, index_of: Callable[[fx.Node], int]) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        return {
            "map": {str(name): describe_value(entry, index_of) for name, entry in value.items()}
        }
    for kind, group in _GROUPS.items():
        if isinstance(value, group.type):
            return {kind: [describe_value(entry, index_of) for entry in group.parts(value)]}
    for kind, (its_type, words) in _WORDS.items():
        if isinstance(value, its_type):
            word = str(value).removeprefix("torch.")
            return {kind: word} if word in words else None
    return None


def value_of(value: object, node_at: Callable[[int], fx.Node], where: str, depth: int = 0) -> Any:
    """An argument.

    Args:
        value: what JSON held.
        node_at: the node of a place in the stored graph; raises for places that are none.
        where: it stands, for the message of an error.
        depth: how many lists it stands in.

    Raises:
        DamagedRecordError: it is not of the grammar.
    """
    if _is_plain(value):
        return value
    if depth >= _DEEPEST:
        raise DamagedRecordError(f"{where}: lists in lists, more than {_DEEPEST} deep.")
    if isinstance(value, list):
        return _entries(value, node_at, where, depth)
    if isinstance(value, dict) and len(value) == 1:
        ((kind, inner),) = value.items()
        return _of_kind(kind, inner, node_at, where, depth)
    raise DamagedRecordError(f"{where}: {str(value)[:60]} is no argument.")


def _is_plain(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) and len(value) <= _LONGEST and can_be_written(value)


def _entries(
    values: list[object], node_at: Callable[[int], fx.Node], where: str, depth: int
) -> list[Any]:
    if len(values) > _LONGEST:
        raise DamagedRecordError(f"{where}: a list of {len(values):,}; at most {_LONGEST:,}.")
    return [value_of(entry, node_at, where, depth + 1) for entry in values]


def _of_kind(
    kind: str, inner: object, node_at: Callable[[int], fx.Node], where: str, depth: int
) -> Any:
    if kind == "node" and isinstance(inner, int) and not isinstance(inner, bool):
        return node_at(inner)
    if kind == "map" and isinstance(inner, dict):
        entries = _entries(list(inner.values()), node_at, where, depth)
        return dict(zip(inner, entries, strict=True))
    if kind in _WORDS:
        return _named(inner, _WORDS[kind][1], where)
    if kind in _GROUPS and isinstance(inner, list):
        return _together(_GROUPS[kind], _entries(inner, node_at, where, depth), kind, where)
    raise DamagedRecordError(f"{where}: {kind[:40]!r} with {str(inner)[:40]} is no argument.")


def _together(group: _Group, parts: list[Any], kind: str, where: str) -> Any:
    if group.count not in (None, len(parts)):
        raise DamagedRecordError(f"{where}: a {kind} has {group.count} parts, not {len(parts)}.")
    if kind == "complex" and not all(isinstance(part, int | float) for part in parts):
        raise DamagedRecordError(f"{where}: the parts of a complex number must be numbers.")
    return group.whole(*parts)


def _named(name: object, known: Mapping[str, Named], where: str) -> Named:
    if not isinstance(name, str) or name not in known:
        raise DamagedRecordError(f"{where}: {str(name)[:40]!r} is none of {', '.join(known)}.")
    return known[name]
