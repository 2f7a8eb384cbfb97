"""A person's network as it computes with pictures: a copy on the CPU, in float32, to evaluate.

The network itself is only read.
"""

import copy
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CellType, FunctionType
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter
from torch.nn.utils import parametrize, remove_spectral_norm, remove_weight_norm
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.prune import remove as remove_pruning
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from convscope.errors import ExportError
from convscope.tools import tools

# Whose numbers are computed as these.
_COMPUTED_AS = {
    torch.float16: torch.float32,
    torch.bfloat16: torch.float32,
    torch.float64: torch.float32,
    torch.complex32: torch.complex64,
    torch.complex128: torch.complex64,
}
_LONGEST_LIST = 5
_UNINITIALISED = (UninitializedParameter, UninitializedBuffer)


@dataclass(frozen=True, eq=False)
class Copied:
    """A network to be written down.

    Attributes:
        module: nobody else's: it may be changed.
        notes: what a person should know of how it differs from theirs, a sentence each.
    """

    module: nn.Module
    notes: tuple[str, ...]


def copied(network: Any) -> Copied:
    """A copy of a network that computes in float32, on the CPU, in evaluation mode.

    Raises:
        ExportError: it is none, or cannot be copied; says which part cannot.
    """
    notes: list[str] = []
    module = _unwrapped(network, notes)
    _refuse_what_holds_no_numbers(module)
    twin = _twin(module)
    notes += _notes_on_numbers(module)
    hooked = _keep_hooks_to_themselves(module, twin)
    if hooked:
        notes.append(f"Hooks are part of what is computed here: {_some(hooked)}.")
    _bring_to_cpu(twin)
    _unwrap_children(twin)
    if any(child.training for child in module.modules()):
        notes.append("It was in training mode, and is shown in evaluation mode.")
        twin.eval()
    plain = _make_weights_plain(twin)
    if plain:
        notes.append(f"Weights are shown as their parametrisation makes them: {_some(plain)}.")
    return Copied(twin, tuple(notes))


def _unwrapped(network: Any, notes: list[str]) -> nn.Module:
    """The network within what only runs it elsewhere, or faster."""
    while True:
        if isinstance(network, nn.DataParallel | nn.parallel.DistributedDataParallel):
            notes.append(f"Taken out of {type(network).__name__}.")
            network = network.module
        elif _is_compiled(network):
            notes.append("Taken out of torch.compile.")
            network = network._orig_mod
        else:
            break
    if not isinstance(network, nn.Module):
        raise ExportError(
            f"This is {type(network).__name__}, not a torch.nn.Module. Build the network and load "
            "its weights first, then hand it over."
        )
    if isinstance(network, torch.jit.ScriptModule):
        raise ExportError(
            "This is TorchScript, whose layers cannot be looked at any more. Hand over the module "
            "that it was made from."
        )
    if type(network).__name__ in {"FullyShardedDataParallel", "FSDPModule"}:
        raise ExportError(
            "This network is spread over several processes. Gather it on one first: build it "
            "afresh, and load its full state dict."
        )
    return network


def _is_compiled(module: Any) -> bool:
    return type(module).__name__ == "OptimizedModule" and hasattr(module, "_orig_mod")


def _refuse_what_holds_no_numbers(module: nn.Module) -> None:
    for name, tensor in _named_tensors(module):
        if isinstance(tensor, _UNINITIALISED):
            lazy = [
                path
                for path, child in module.named_modules()
                if any(isinstance(own, _UNINITIALISED) for own in _own_tensors(child))
            ]
            raise ExportError(
                f"Some of its layers are lazy and were never run: {_some(lazy)}. Run the network "
                "once on an input, so that they get their shapes."
            )
        if tensor.is_meta:
            raise ExportError(
                f"`{name}` is on the meta device: it has a shape and no numbers. Load the weights "
                "first (load_state_dict(..., assign=True))."
            )
        if tensor.is_quantized or tensor.layout != torch.strided:
            kind = "quantised" if tensor.is_quantized else str(tensor.layout)
            raise ExportError(
                f"`{name}` is {kind}, which cannot be looked at here. Hand over the network as it "
                "was before, with dense floating-point weights."
            )
        if torch.utils._python_dispatch.is_traceable_wrapper_subclass(tensor):
            raise ExportError(
                f"`{name}` is a {type(tensor).__name__}, not a plain tensor. Hand over the network "
                "with its full, dense weights."
            )


def _named_tensors(module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()


def _own_tensors(module: nn.Module) -> Iterator[torch.Tensor]:
    yield from module.parameters(recurse=False)
    yield from module.buffers(recurse=False)


def _twin(module: nn.Module) -> nn.Module:
    """New modules around the same tensors."""
    try:
        return tools().twin_of(module)
    except Exception as error:
        raise ExportError(_what_cannot_be_copied(module, error)) from error


def _what_cannot_be_copied(module: nn.Module, error: Exception) -> str:
    for path, child in module.named_modules():
        for name, value in vars(child).items():
            if name in {"_parameters", "_buffers", "_modules"}:
                continue
            try:
                copy.deepcopy(value, _shared(module))
            except Exception as cause:  # noqa: BLE001  whatever a foreign attribute raises
                place = f"{path}.{name}" if path else name
                return (
                    f"`{place}` ({type(value).__name__}) cannot be copied: {_words(cause)}. It is "
                    "needed for no picture? Then set it to None before the network is handed over."
                )
    return f"The network cannot be copied: {_words(error)}."


def _shared(module: nn.Module) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for child in module.modules():
        attributes = (value for value in vars(child).values() if isinstance(value, torch.Tensor))
        found.update({id(one): one for one in (child, *_own_tensors(child), *attributes)})
    return found


def _words(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__


def _notes_on_numbers(module: nn.Module) -> list[str]:
    notes = []
    tensors = dict(_named_tensors(module))
    for dtype, computed in _COMPUTED_AS.items():
        if any(tensor.dtype == dtype for tensor in tensors.values()):
            stored, used = (str(one).removeprefix("torch.") for one in (dtype, computed))
            notes.append(f"Stored as {stored}, computed as {used}.")
    broken = [
        name
        for name, tensor in tensors.items()
        if (tensor.is_floating_point() or tensor.is_complex())
        and not bool(torch.isfinite(tensor.detach()).all())
    ]
    if broken:
        notes.append(f"Some of its weights are no finite numbers: {_some(broken)}.")
    return notes


def _some(names: list[str]) -> str:
    shown = ", ".join(name or "the network itself" for name in names[:_LONGEST_LIST])
    left = len(names) - _LONGEST_LIST
    return f"{shown} and {left} more" if left > 0 else shown


def _bring_to_cpu(twin: nn.Module) -> None:
    """Give every module tensors of its own: nothing that runs can write into the person's."""
    known: dict[int, torch.Tensor] = {}

    def own(tensor: torch.Tensor) -> torch.Tensor:
        if id(tensor) not in known:
            dtype = _COMPUTED_AS.get(tensor.dtype, tensor.dtype)
            fresh = tensor.detach().to("cpu", dtype, copy=True).contiguous()
            if isinstance(tensor, nn.Parameter):
                fresh = nn.Parameter(fresh, requires_grad=tensor.requires_grad)
            known[id(tensor)] = fresh
            # Kept, so that no other tensor gets its id meanwhile.
            kept.append(tensor)
        return known[id(tensor)]

    kept: list[torch.Tensor] = []
    with torch.no_grad():
        for child in twin.modules():
            state = vars(child)
            for group in ("_parameters", "_buffers"):
                for name, tensor in state[group].items():
                    if tensor is not None:
                        state[group][name] = own(tensor)
            # All that it computes with is written down, also what its state dict leaves out.
            state["_non_persistent_buffers_set"] = set()
            for name, value in state.items():
                if name not in {"_parameters", "_buffers", "_modules"}:
                    state[name] = _moved(value, own)


def _moved(value: Any, own: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """An attribute with tensors, devices and number types of its own."""
    found = value
    if isinstance(value, torch.Tensor):
        found = own(value)
    elif isinstance(value, torch.dtype):
        found = _COMPUTED_AS.get(value, value)
    elif isinstance(value, torch.device):
        found = torch.device("cpu")
    elif type(value) in (list, tuple):
        found = type(value)(_moved(entry, own) for entry in value)
    elif type(value) is dict:
        found = {name: _moved(entry, own) for name, entry in value.items()}
    return found


def _unwrap_children(twin: nn.Module) -> None:
    for child in twin.modules():
        for name, inner in list(child.named_children()):
            if _is_compiled(inner):
                unwrapped: Any = inner._orig_mod
                child._modules[name] = unwrapped
            elif isinstance(inner, nn.DataParallel):
                inner.device_ids = []  # it then hands on to the module within
        # Set by `module.compile()`.
        vars(child)["_compiled_call_impl"] = None


def _make_weights_plain(twin: nn.Module) -> list[str]:
    """Put the weights that a network computes from others in their place: they are what it uses."""
    changed: dict[str, None] = {}
    with torch.no_grad():
        for path, child in list(twin.named_modules()):
            if parametrize.is_parametrized(child):
                changed[path] = None
                for name in list(child.parametrizations):
                    parametrize.remove_parametrizations(child, name, leave_parametrized=True)
            for hook in list(child._forward_pre_hooks.values()):
                # The older way of torch, by hooks: they say themselves how to be removed.
                if isinstance(hook, WeightNorm | SpectralNorm):
                    hook(child, ())
                    changed[path] = None
                    remove = (
                        remove_weight_norm if isinstance(hook, WeightNorm) else remove_spectral_norm
                    )
                    remove(child, hook.name)
                elif isinstance(hook, BasePruningMethod):
                    changed[path] = None
                    remove_pruning(child, hook._tensor_name)
    return list(changed)


def _keep_hooks_to_themselves(module: nn.Module, twin: nn.Module) -> list[str]:
    """Let hooks run on copies of what they write to; where there are any of the person's own.

    A hook that records would otherwise put the values of our runs into the person's lists.
    """
    pairs = zip(
        module.named_modules(remove_duplicate=False),
        twin.named_modules(remove_duplicate=False),
        strict=True,
    )
    known: dict[int, Any] = {}
    children = []
    for (path, theirs), (_, ours) in pairs:
        known[id(theirs)] = ours
        children.append((path, ours))
    for tensor in (tensor for _, tensor in _named_tensors(module)):
        known[id(tensor)] = tensor
    hooked: dict[str, None] = {}
    for path, child in children:
        state = vars(child)
        for group in ("_forward_hooks", "_forward_pre_hooks"):
            for key, hook in state[group].items():
                state[group][key] = _to_itself(hook, known)
                if not str(getattr(hook, "__module__", "")).startswith("torch."):
                    hooked[path] = None
        # These are for training, and for how weights are saved.
        for group in (
            *("_backward_hooks", "_backward_pre_hooks"),
            *("_state_dict_hooks", "_state_dict_pre_hooks"),
        ):
            state[group] = type(state[group])()
        if "forward" in state:
            state["forward"] = _to_itself(state["forward"], known)
    return list(hooked)


def _to_itself(function: Any, known: dict[int, Any]) -> Any:
    """A function whose surroundings are copies, as far as they can be copied."""
    if not isinstance(function, FunctionType):
        return function
    surroundings = {
        name: value
        for name, value in function.__globals__.items()
        if name in function.__code__.co_names and _may_be_written_to(value)
    }
    fresh = FunctionType(
        function.__code__,
        {
            **function.__globals__,
            **{name: _own(value, known) for name, value in surroundings.items()},
        }
        if surroundings
        else function.__globals__,
        function.__name__,
        _own(function.__defaults__, known),
        tuple(_own_cell(cell, known) for cell in function.__closure__ or ()) or None,
    )
    fresh.__kwdefaults__ = _own(function.__kwdefaults__, known)
    fresh.__dict__.update(function.__dict__)
    fresh.__module__ = function.__module__
    fresh.__qualname__ = function.__qualname__
    return fresh


def _may_be_written_to(value: Any) -> bool:
    return isinstance(value, list | dict | set | deque)


def _own_cell(cell: CellType, known: dict[int, Any]) -> CellType:
    try:
        return CellType(_own(cell.cell_contents, known))
    except ValueError:  # nothing was ever put into it
        return cell


def _own(value: Any, known: dict[int, Any]) -> Any:
    if isinstance(value, FunctionType):
        return _to_itself(value, known)
    try:
        return copy.deepcopy(value, known)
    except Exception:  # noqa: BLE001  whatever it is: the hook then has what it had
        return value
