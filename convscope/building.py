"""Builds a network with a person's own code, in a process and a folder of theirs.

A process of its own, so that neither the server nor the command ever runs that code; run by
`convscope.preparing`, with one argument, a `Wanted` as JSON, and a place for the bundle.
"""

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from convscope.errors import ConvscopeError, ExportError
from convscope.packages import keep_own_packages_away, own_packages
from convscope.wanted import Wanted

if TYPE_CHECKING:
    import torch
    from torch import nn

_LONGEST_LIST = 4
# What wraps a network where it was saved, and stands before its tensors' names.
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.")
_MOST_PREFIXES = 4


def main() -> None:
    """Build, write the bundle, and say in the last line of standard error what went wrong."""
    wanted, place = Wanted.from_json(sys.argv[1]), Path(sys.argv[2])
    keep_own_packages_away()
    try:
        with own_packages():
            # Lets torchvision be imported beside any build of torch.
            import models.torchvision_operators  # noqa: F401
        build(wanted, place)
    except ConvscopeError as error:
        sys.exit(f"{error}")


def build(wanted: Wanted, place: Path) -> None:
    """Write the bundle of a network that code builds.

    Raises:
        ConvscopeError: it cannot be built, its weights do not fit, or it cannot be written down.
    """
    from convscope.writing import write_down

    notes: list[str] = []
    if wanted.kind == "timm":
        from convscope.timm_networks import build_timm

        found = build_timm(wanted)
        network, notes = found.network, list(found.notes)
        labels, shape, is_known = found.labels, found.input_shape, found.is_published
    else:
        network = _built(wanted.spec)
        labels, shape, is_known = None, wanted.shape, False
    if wanted.weights:
        notes += fill(network, Path(wanted.weights))
    write_down(
        network,
        place,
        labels=wanted.labels or labels,
        preprocessing=wanted.preprocessing,
        input_shape=wanted.input_shape or shape,
        name=wanted.usual_name,
        source=Path(wanted.weights).name if wanted.weights else wanted.spec,
        notes=tuple(notes),
        is_preprocessing_known=is_known and not wanted.weights,
    )


def _built(spec: str) -> "nn.Module":
    """What a person's function returns.

    Raises:
        ExportError: there is no such function, it raises, or returns no network.
    """
    from torch import nn

    place, _, function = spec.rpartition(":")
    try:
        module = _imported(place)
    except Exception as error:
        _show(error)
        raise ExportError(f"{place} cannot be imported: {_words(error)}.") from error
    found: Any = module
    for part in function.split("."):
        if not hasattr(found, part):
            names = [name for name, value in vars(module).items() if _is_own(value, module)]
            raise ExportError(
                f"{place} has no {function}. It has {', '.join(sorted(names)) or 'nothing'}."
            )
        found = getattr(found, part)
    if isinstance(found, nn.Module):
        return found
    try:
        network = found()
    except Exception as error:
        _show(error)
        raise ExportError(
            f"{spec} raised {_words(error)}. It is called without arguments."
        ) from error
    if not isinstance(network, nn.Module):
        raise ExportError(f"{spec} returned {type(network).__name__}, not a torch.nn.Module.")
    return network


def _imported(place: str) -> ModuleType:
    path = Path(place)
    folder = path.resolve().parent if path.suffix == ".py" else Path.cwd()
    for entry in dict.fromkeys((str(Path.cwd()), str(folder))):
        sys.path.insert(0, entry)
    if path.suffix != ".py":
        return importlib.import_module(place)
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None or not path.is_file():
        raise FileNotFoundError(f"There is no file {place}")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    specification.loader.exec_module(module)
    return module


def _is_own(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", "") == module.__name__


def _show(error: Exception) -> None:
    """The person's own code went wrong: where, they can read best in its traceback."""
    traceback.print_exception(error)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": .")


def fill(network: "nn.Module", path: Path) -> list[str]:
    """Put the weights of a file into a network; nothing of the file is run.

    Returns:
        what is to be said of it.

    Raises:
        ExportError: they are not its weights; says which differ.
    """
    with own_packages():
        from models.checkpoints.child import survey_in_child
        from models.checkpoints.tensors import mapped_tensors
        from models.errors import ConvscopeError as OwnError

        try:
            survey = survey_in_child(path)
            tensors = mapped_tensors(path, survey)
        except OwnError as error:
            raise ExportError(f"{path.name}: {error}") from error
    expected = network.state_dict()
    named = best_names(expected, tensors)
    missing = [
        name for name in expected if name not in named and not name.endswith("num_batches_tracked")
    ]
    unexpected = [name for name in named if name not in expected]
    other = [
        f"{name} {tuple(named[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in expected
        if name in named and named[name].shape != expected[name].shape
    ]
    if missing or unexpected or other:
        parts = (("lacks", missing), ("has besides", unexpected), ("has", other))
        said = "; ".join(f"it {what} {_some(names)}" for what, names in parts if names)
        raise ExportError(f"{path.name} does not fit {type(network).__name__}: {said}.")
    network.load_state_dict(named, strict=False)
    aside = ", ".join(survey.left_aside)
    return [f"Left aside of {path.name}: {aside}."] if aside else []


def best_names(
    expected: "dict[str, torch.Tensor]", tensors: "dict[str, torch.Tensor]"
) -> "dict[str, torch.Tensor]":
    """The tensors under the network's names: without what wrapped it where they were saved."""
    best = tensors
    for _ in range(_MOST_PREFIXES):
        prefix = next(
            (one for one in _PREFIXES if tensors and all(name.startswith(one) for name in tensors)),
            None,
        )
        if prefix is None:
            break
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
        if len(expected.keys() & tensors.keys()) > len(expected.keys() & best.keys()):
            best = tensors
    return best


def _some(names: list[str]) -> str:
    left = len(names) - _LONGEST_LIST
    return ", ".join(names[:_LONGEST_LIST]) + (f" and {left} more" if left > 0 else "")
