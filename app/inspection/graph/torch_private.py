"""The names that torch does not publish and that nothing public stands in for.

They stand here alone, each with a test of what is expected of it, so that the next torch says at
once where it hurts.
"""
# ruff: noqa: SLF001

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn

# One operation of ATen for one kind of arguments: `aten.relu_.default`.
OpOverload = torch._ops.OpOverload


def schema_arguments(operation: torch._ops.OpOverload) -> list[Any]:
    """The arguments, each with `name`, `default_value` and, if written or viewed, `alias_info`."""
    return list(operation._schema.arguments)


def overload_name(operation: torch._ops.OpOverload) -> str:
    """The last part of its name: `default`, `Tensor`, `int`."""
    return str(operation._overloadname)


def writes(operation: torch._ops.OpOverload) -> bool:
    """True if it writes into one of its arguments."""
    return bool(operation._schema.is_mutable)


def storage_identity(tensor: torch.Tensor) -> int:
    """The same number for tensors that share memory, also for those that have only shapes."""
    return int(tensor.untyped_storage()._cdata)


def has_hooks(module: nn.Module) -> bool:
    """True if something is called before or after its own forward.

    What torch.export hangs on the modules that it makes does not count: it checks what they are
    given, and counts their calls.
    """
    hooks = (*module._forward_hooks.values(), *module._forward_pre_hooks.values())
    return any(
        not str(getattr(hook, "__module__", "")).startswith("torch.export") for hook in hooks
    )


def decides_by_values(error: Exception) -> bool:
    """True for what torch.export raises where a network's way hangs on the values it computes."""
    return type(error).__name__ == "GuardOnDataDependentSymNode"


@contextmanager
def backends_left_on() -> Iterator[None]:
    """Keep torch.export from switching oneDNN off, which it does for the whole process.

    What other threads computed meanwhile would differ in its last bits. Export means to keep the
    operations of single backends out of its graph; ours is written down before a backend is chosen.
    """
    # Imported here, because it takes two seconds, and most networks are never traced.
    from torch.export import _trace  # noqa: PLC0415

    switch_off = _trace._ignore_backend_decomps
    vars(_trace)["_ignore_backend_decomps"] = nullcontext
    try:
        yield
    finally:
        vars(_trace)["_ignore_backend_decomps"] = switch_off
