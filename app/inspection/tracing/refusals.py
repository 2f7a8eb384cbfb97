"""Why a network cannot be traced, in words: what is known beforehand, and what an error means.

Each says what stands in the way, where, and what usually helps.
"""

import copy
import inspect
import linecache
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import fx, nn

from app.inspection.errors import NotExportableError
from app.inspection.graph.torch_private import decides_by_values, has_hooks

_QUANTISED = ("torch.ao.nn.quantized", "torch.ao.nn.intrinsic.quantized", "torch.nn.quantized")
_TORCH = str(Path(torch.__file__).parent)
# What runs between a network's lines: torch, Python itself, and this program.
_NOT_THE_NETWORKS = (
    _TORCH,
    str(Path(__file__).parents[1]),
    *(
        sysconfig.get_path(name) + "/" + file
        for name in ("stdlib", "platstdlib")
        for file in ("inspect.py", "contextlib.py", "copy.py", "functools.py", "collections/")
    ),
    "<",
)


def refuse_at_once(module: nn.Module) -> None:
    """See that a module may be traced at all.

    Raises:
        NotExportableError: it may not.
    """
    network = type(module).__name__
    if isinstance(module, torch.jit.ScriptModule):
        raise NotExportableError(
            network,
            "it is a TorchScript module, which is compiled already. Give the module that was "
            "handed to torch.jit.script or torch.jit.trace.",
        )
    if module.training and not _has_no_mode(module):
        raise NotExportableError(network, "it is in training mode. Call its eval() first.")
    if isinstance(module, fx.GraphModule) and has_hooks(module):
        raise NotExportableError(
            network,
            "torch.export leaves out the hooks of a GraphModule. Put it into another module first.",
        )
    _refuse_parts(module, network)
    _refuse_other_inputs(module, network)


def _has_no_mode(module: nn.Module) -> bool:
    """True for what torch.export makes: it calls itself in training mode, and stays as it is."""
    return isinstance(module, fx.GraphModule) and "eval" in vars(module)


def _refuse_parts(module: nn.Module, network: str) -> None:
    for path, child in module.named_modules():
        place = f"`{path}`" if path else "it"
        if type(child).__module__.startswith(_QUANTISED):
            raise NotExportableError(
                network,
                f"{place} is quantised ({type(child).__name__}): it computes with whole numbers in "
                "operations of its own. Give the network as it was before it was quantised.",
            )
        if isinstance(child, torch.jit.ScriptModule):
            raise NotExportableError(
                network,
                f"{place} is a TorchScript module, which is compiled already. Put the module there "
                "that was handed to torch.jit.script or torch.jit.trace.",
            )
        held = (*child.parameters(recurse=False), *child.buffers(recurse=False))
        if any(nn.parameter.is_lazy(one) for one in held):
            raise NotExportableError(
                network,
                f"{place} is lazy and has no weights yet. Run the network on a picture once, or "
                "load its weights.",
            )


def _refuse_other_inputs(module: nn.Module, network: str) -> None:
    parameters = list(inspect.signature(module.forward).parameters.values())
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [
        one.name
        for one in parameters
        if one.default is one.empty and one.kind in (*by_place, inspect.Parameter.KEYWORD_ONLY)
    ]
    takes_one = any(one.kind in (*by_place, inspect.Parameter.VAR_POSITIONAL) for one in parameters)
    if len(needed) <= 1 and takes_one:
        return
    takes = f"{len(needed)} inputs ({', '.join(needed)})" if needed else "no input"
    raise NotExportableError(
        network,
        f"its forward takes {takes}; the picture is the only one that it is given. Put it into a "
        "module whose forward takes the picture alone and gives it the others.",
        _definition_of(module.forward),
    )


def _definition_of(function: Any) -> str | None:
    try:
        lines, first = inspect.getsourcelines(function)
        file = inspect.getsourcefile(function)
    except (OSError, TypeError):
        return None
    number, line = next(
        ((place, text.strip()) for place, text in enumerate(lines) if "def " in text), (0, "")
    )
    return f"{Path(file).name}:{first + number}, `{line}`" if file else None


def not_copyable(module: nn.Module, error: Exception) -> NotExportableError:
    """The refusal of a module that cannot be copied, with the attribute that is in the way."""
    cause = f"its module cannot be copied, which tracing does first: {first_line(error)}"
    for path, child in module.named_modules():
        for name, value in vars(child).items():
            if name in ("_parameters", "_buffers", "_modules") or isinstance(value, torch.Tensor):
                continue
            try:
                copy.deepcopy(value)
            except Exception:  # noqa: BLE001  whatever a foreign attribute raises
                where = f"{path}.{name}" if path else name
                kind = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
                cause += f". It is in its attribute `{where}` ({kind}): delete it first"
                return NotExportableError(type(module).__name__, f"{cause}.")
    return NotExportableError(type(module).__name__, cause)


def failed(network: str, error: Exception, shape: tuple[int, ...]) -> NotExportableError:
    """The refusal of a network that could not be traced.

    Args:
        network: what it is called.
        error: what was raised, by torch or by the network.
        shape: of the picture that it was given.
    """
    return NotExportableError(network, _cause(error, shape), _location(error))


def _cause(error: Exception, shape: tuple[int, ...]) -> str:
    if decides_by_values(error):
        return (
            "its forward pass decides by the values that it computes which way to go, so there is "
            "no one graph for all pictures. What usually helps: torch.where in the place of `if`, "
            "or only the part of the network before it."
        )
    said = first_line(error)
    size = " x ".join(map(str, shape))
    cause = f"its forward pass failed while it was traced with a picture of {size}: {said}"
    hint = next((hint for words, hint in _HINTS if any(word in said for word in words)), "")
    return f"{cause}{'' if cause.endswith('.') else '.'} {hint}".strip()


# What torch says, and what usually helps.
_HINTS = (
    (
        (".numpy()", "__array__", "numpy"),
        "It leaves torch on its way: what is computed with numpy belongs behind the network.",
    ),
    (
        (
            *("shapes cannot be multiplied", "size mismatch", "input of size", "channels, but got"),
            *("Kernel size can't be", "output size is too small", "must match the size"),
            "reduction dim",
        ),
        "Perhaps it wants pictures of another size, or with another number of channels.",
    ),
    (
        ("torch.classes", "__obj_flatten__", "custom class"),
        "It holds an object of a library in C++, which has no operations that could be shown.",
    ),
    (
        ("indices must be", "too many indices", "not subscriptable", "string indices"),
        "Perhaps it wants a dict or a list. Put it into a module whose forward takes the picture.",
    ),
    (
        ("has no attribute",),
        "It treats the picture as something that a plain tensor is not.",
    ),
)


def first_line(error: Exception) -> str:
    """The kind of an error and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _location(error: Exception) -> str | None:
    """The innermost line of the traceback that is the network's own."""
    location = None
    for frame, line_number in _frames(error):
        file_name = frame.f_code.co_filename
        if file_name.startswith(_NOT_THE_NETWORKS):
            continue
        line = linecache.getline(file_name, line_number).strip()
        location = f"{Path(file_name).name}:{line_number}" + (f", `{line}`" if line else "")
    return location


def _frames(error: Exception) -> Iterator[tuple[FrameType, int]]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
