"""Modules made from designs: with parameters drawn from a seed, or filled with given tensors."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from models.catalogue.library_design import LibraryDesign
from models.weights.names import BATCH_COUNTER, undotted


class TensorsMismatchError(Exception):
    """The tensors do not belong into the module; the message ends a sentence about their file."""


class _PrivateGenerator(TorchDispatchMode):
    """Draws every random number of this thread from a generator of its own.

    torch's global generator belongs to the whole process: seeding it here would disturb, and be
    disturbed by, whatever another thread draws meanwhile, and no lock of ours would hold that
    thread back.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags and kwargs.get("generator") is None:
            kwargs = {**kwargs, "generator": self._generator}
            # Functions that make tensors (torch.rand) take a generator in another overload.
            if "generator" in func.overloadpacket.overloads():
                func = func.overloadpacket.generator
        return func(*args, **kwargs)


def build_random(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    """The module that `build` makes after `torch.manual_seed(seed)`, whatever other threads do."""
    build = _imported(build)
    with _PrivateGenerator(seed):
        return build()


def build_filled(
    build: Callable[[], nn.Module],
    tensors: MutableMapping[str, torch.Tensor],
    *,
    positional: bool = False,
    ignored_prefixes: tuple[str, ...] = (),
) -> nn.Module:
    """The module that `build` makes, with `tensors` as its parameters and buffers, not copied.

    Changes the dictionary. With `positional` they are matched by order instead of by name.

    Raises:
        TensorsMismatchError: a tensor is missing, left over, or of another shape or type.
    """
    module = build_unfilled(build)
    tensors = named_as(
        module.state_dict(), tensors, positional=positional, ignored_prefixes=ignored_prefixes
    )
    try:
        module.load_state_dict(tensors, strict=True, assign=True)
    except RuntimeError as error:
        raise TensorsMismatchError(
            f"does not fit the network: {_shortened(' '.join(str(error).split()))}"
        ) from error
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if tensor.is_meta:
            raise TensorsMismatchError(f"leaves {name} without a value.")
    return module


def named_as(
    expected: Mapping[str, torch.Tensor],
    tensors: MutableMapping[str, torch.Tensor],
    *,
    positional: bool = False,
    ignored_prefixes: tuple[str, ...] = (),
) -> MutableMapping[str, torch.Tensor]:
    """A file's tensors under the names that a network has for them, in torch's memory order.

    Changes the dictionary. Which are missing, left over or of another shape is not looked at.

    Args:
        expected: the network's state dict, with or without numbers.
        tensors: of the file.
        positional: match them by order instead of by name.
        ignored_prefixes: of names in the file that the network does not have.

    Raises:
        TensorsMismatchError: they cannot be matched by order, or one is of another type.
    """
    if positional:
        tensors = _by_position(tensors, expected)
    else:
        _adapt_names(tensors, ignored_prefixes)
    _check_types(tensors, expected)
    for name, tensor in tensors.items():
        # Files converted from TensorFlow keep its memory order, which makes torch compute in
        # another order too.
        tensors[name] = tensor.contiguous()
    return tensors


def tensors_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters and buffers of a module by every name that they have; shared, not copied."""
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def fits(expected: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]) -> bool:
    """True if the tensors are those of a state dict, by names and shapes.

    Counters of batches may be missing, as in files older than these.
    """
    missing = expected.keys() - tensors.keys()
    return (
        not tensors.keys() - expected.keys()
        and all(name.endswith(BATCH_COUNTER) for name in missing)
        and all(tensor.shape == expected[name].shape for name, tensor in tensors.items())
    )


def build_unfilled(build: Callable[[], nn.Module]) -> nn.Module:
    """The module without memory, on the meta device, where its constructor allows that.

    What is about to be overwritten, or only looked at, is then neither allocated nor initialised.
    """
    build = _imported(build)
    try:
        with torch.device("meta"):
            module = build()
    except (RuntimeError, TypeError):
        # The constructor computes with tensors (torchvision's regnets do, for their widths); an
        # error of its own comes out here again.
        return build_random(build, seed=0)
    filled = module.state_dict()
    if any(name not in filled for name, _ in module.named_buffers()):
        # A buffer that no file holds has its value from the constructor alone.
        return build_random(build, seed=0)
    return module


def _imported(build: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """Without its library's import, which makes tensors of its own."""
    return build.imported() if isinstance(build, LibraryDesign) else build


def _by_position(
    tensors: MutableMapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]
) -> MutableMapping[str, torch.Tensor]:
    given = [item for item in tensors.items() if not item[0].endswith(BATCH_COUNTER)]
    wanted = [item for item in expected.items() if not item[0].endswith(BATCH_COUNTER)]
    if len(given) != len(wanted):
        raise TensorsMismatchError(f"holds {len(given)} tensors; the network has {len(wanted)}.")
    renamed: OrderedDict[str, torch.Tensor] = OrderedDict()
    for (given_name, tensor), (name, slot) in zip(given, wanted, strict=True):
        same_role = given_name.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]
        if not same_role or tensor.shape != slot.shape:
            raise TensorsMismatchError(
                f"holds {given_name} {tuple(tensor.shape)} where the network has {name} "
                f"{tuple(slot.shape)}."
            )
        renamed[name] = tensor
    for name in expected:
        if name.endswith(BATCH_COUNTER):
            renamed[name] = torch.tensor(0)
    return renamed


def _adapt_names(
    tensors: MutableMapping[str, torch.Tensor], ignored_prefixes: tuple[str, ...]
) -> None:
    # In place: a state dict carries format versions that a copy would lose (`_metadata`).
    for name in list(tensors):
        if name.startswith(ignored_prefixes):
            del tensors[name]
        elif (now := undotted(name)) != name:
            tensors[now] = tensors.pop(name)


def _check_types(tensors: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]) -> None:
    # Assigned tensors keep their type, and a network half in float16 fails far from here.
    for name, tensor in tensors.items():
        slot = expected.get(name)
        if slot is not None and slot.dtype != tensor.dtype:
            raise TensorsMismatchError(
                f"holds {name} as {tensor.dtype}; the network has {slot.dtype}."
            )


def _shortened(text: str, limit: int = 400) -> str:
    return text if len(text) <= limit else f"{text[:limit]} ..."
