"""The signature of a design, measured by building it.

`make index` does that for every design; recognition itself only reads what was written then.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from models.catalogue.library_design import LibraryDesign
from models.recognition.signature import (
    COUNTED,
    Extent,
    OpenShape,
    Shape,
    Signature,
    counter_beside,
)
from models.weights.construction import build_random
from models.weights.names import BATCH_COUNTER

# Built with these classes and channels, a shape says which of its extents depends on which: no
# multiple of 989 classes is a small multiple of 2 channels.
_USUAL = (1000, 3)
_OTHER = (11, 5)


class _Unfilled(TorchFunctionMode):
    """Gives no memory to what nobody has filled yet, and does not fill it.

    What a constructor computes with (a design's widths, the depths of dropped paths) is not made
    empty, so it is as it should be.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        name = getattr(func, "__name__", "")
        is_in_place = name.endswith("_") and not name.endswith("__")
        if is_in_place and args and isinstance(args[0], torch.Tensor) and args[0].is_meta:
            return args[0]
        return func(*args, **kwargs)


def shapes_of(build: Callable[[], nn.Module]) -> dict[str, Shape]:
    """Names and shapes of the state dict of what `build` makes, without memory where that goes."""
    if isinstance(build, LibraryDesign):
        build = build.imported()
    modes: tuple[AbstractContextManager[Any], ...] = (_Unfilled(), torch.device("meta"))
    for mode in modes:
        try:
            with mode:
                return _shapes(build())
        except (RuntimeError, TypeError):
            # The constructor computes with parameters, or with numbers that the device has not; an
            # error of its own comes out below.
            continue
    return _shapes(build_random(build, seed=0))


def _shapes(module: nn.Module) -> dict[str, Shape]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def measure(
    make: Callable[[int, int], Callable[[], nn.Module]], channels: int | None = None
) -> Signature:
    """The signature of a design.

    Args:
        make: the design's factory for a number of classes and of input channels.
        channels: the only number of input channels that it takes, if there is one.

    Raises:
        ValueError: its tensors are no linear function of classes or of channels, or change their
            names with them, or its counters of batches are not where they are expected.
    """
    usual_channels, other_channels = (channels, channels) if channels else (_USUAL[1], _OTHER[1])
    usual = shapes_of(make(_USUAL[0], usual_channels))
    other = shapes_of(make(_OTHER[0], other_channels))
    if list(usual) != list(other):
        raise ValueError("Its tensors have other names with other classes or channels.")
    counters = {name for name in usual if name.rpartition(".")[2] == BATCH_COUNTER}
    counted = {name for name in usual if name.rpartition(".")[2] == COUNTED}
    if counters != set(map(counter_beside, counted)):
        raise ValueError("Not every running mean has a counter, or some counter has none.")
    tensors = {
        name: _open_shape(name, shape, other[name])
        for name, shape in usual.items()
        if name not in counters
    }
    return Signature(tensors, _head(make, usual, usual_channels, tensors))


def _open_shape(name: str, usual: Shape, other: Shape) -> OpenShape:
    if len(usual) != len(other):
        raise ValueError(f"{name} has another number of axes with other classes or channels.")
    return OpenShape(tuple(_extent(name, *lengths) for lengths in zip(usual, other, strict=True)))


def _extent(name: str, usual: int, other: int) -> Extent:
    difference = usual - other
    if not difference:
        return Extent(fixed=usual)
    classes, channels = _USUAL[0] - _OTHER[0], _USUAL[1] - _OTHER[1]
    if difference % classes == 0:
        factor = difference // classes
        return Extent(per_class=factor, fixed=_not_negative(name, usual - factor * _USUAL[0]))
    if difference % channels == 0:
        factor = difference // channels
        return Extent(per_channel=factor, fixed=_not_negative(name, usual - factor * _USUAL[1]))
    raise ValueError(f"{name} has {usual} or {other} rows, which no number of classes explains.")


def _not_negative(name: str, fixed: int) -> int:
    if fixed < 0:
        raise ValueError(f"{name} does not grow in proportion to classes or channels.")
    return fixed


def _head(
    make: Callable[[int, int], Callable[[], nn.Module]],
    usual: dict[str, Shape],
    channels: int,
    tensors: dict[str, OpenShape],
) -> frozenset[str] | None:
    """Which tensors go with the classifier; None where nothing sensible is left."""
    try:
        headless = shapes_of(make(0, channels))
    except (RuntimeError, TypeError, ValueError, AttributeError, ZeroDivisionError):
        return None
    gone = usual.keys() - headless.keys()
    open_names = {name for name, shape in tensors.items() if shape.has_classes}
    if (
        not headless
        or not open_names <= gone
        or any(usual.get(name) != shape for name, shape in headless.items())
    ):
        return None
    return frozenset(gone & tensors.keys())
