"""A network that returns several tensors, made to return one."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from convscope.errors import ExportError

Path = tuple[str | int, ...]


@dataclass
class Returned:
    """What a network was seen to return.

    Attributes:
        shown: where the tensor stands that it returns now; None where it returned that alone.
        others: where tensors stand that are not shown, as words.
    """

    shown: list[str | int] | None = None
    others: list[str] = field(default_factory=list)


def with_one_output(module: nn.Module) -> Returned:
    """Let the module return the first tensor of floating-point numbers of all that it returns.

    Returns:
        what is known once the module has run.
    """
    found = Returned()
    base = type(module)
    name = type(module).__name__

    def forward(self: nn.Module, *args: Any, **kwargs: Any) -> torch.Tensor:
        own = vars(self).get("_convscope_forward")
        returned = own(*args, **kwargs) if own else base.forward(self, *args, **kwargs)
        shown, others = _choose(returned, name)
        found.shown = list(shown) or None
        found.others = [_words(path) for path in others]
        chosen: torch.Tensor = _at(returned, shown)
        return chosen

    members = {
        "forward": forward,
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
        # A state dict of its own making would be no list of its tensors.
        "state_dict": nn.Module.state_dict,
    }
    module.__class__ = type(base.__name__, (base,), members)
    if "forward" in vars(module):
        # Put there by hand, in place of that of its class.
        vars(module)["_convscope_forward"] = vars(module).pop("forward")
    return found


def _choose(returned: Any, network: str) -> tuple[Path, list[Path]]:
    leaves = list(_leaves(returned, ()))
    floating = [path for path, tensor in leaves if tensor.is_floating_point()]
    if not floating:
        kinds = ", ".join(sorted({str(tensor.dtype) for _, tensor in leaves})) or "no tensor"
        raise ExportError(
            f"{network} returns {kinds if leaves else type(returned).__name__}, and no tensor of "
            "floating-point numbers that could be shown."
        )
    return floating[0], [path for path, _ in leaves if path != floating[0]]


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        yield path, value
        return
    for key, entry in _entries(value):
        yield from _leaves(entry, (*path, key))


def _entries(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return [(key if isinstance(key, int) else str(key), entry) for key, entry in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return [(entry.name, getattr(value, entry.name)) for entry in fields]
    return []


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = dict(_entries(value))[key]
    return value


def _words(path: Path) -> str:
    return ".".join(str(key) for key in path)
