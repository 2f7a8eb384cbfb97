"""Designs with other classes and other input channels than they are written for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from models.catalogue.library_design import LibraryDesign


def with_input_channels(module: nn.Module, channels: int) -> nn.Module:
    """The network with a first convolution that reads so many channels; changed in place.

    The first is the first in the order of the modules, which holds for every design of the
    catalogue.

    Raises:
        TypeError: the network has no convolution.
    """
    convolutions = (each for each in module.named_modules() if isinstance(each[1], nn.Conv2d))
    path, child = next(convolutions, ("", None))
    if not isinstance(child, nn.Conv2d):
        raise TypeError(f"{type(module).__name__} has no convolution whose input could change.")
    if child.in_channels == channels:
        return module
    settings: dict[str, Any] = {
        "kernel_size": child.kernel_size,
        "stride": child.stride,
        "padding": child.padding,
        "dilation": child.dilation,
        "groups": child.groups,
        "bias": child.bias is not None,
        "padding_mode": child.padding_mode,
    }
    module.set_submodule(path, nn.Conv2d(channels, child.out_channels, **settings))
    return module


def without_classifier(module: nn.Module) -> nn.Module:
    """The network with an identity in place of its last layer with weights; changed in place.

    That is what `network.fc = nn.Identity()` does.
    """
    weighted = [
        path for path, child in module.named_modules() if isinstance(child, nn.Conv2d | nn.Linear)
    ]
    module.set_submodule(weighted[-1], nn.Identity())
    return module


def adapted(
    build: Callable[..., nn.Module], classes_option: str, classes: int, channels: int | None
) -> nn.Module:
    """A new network of a design that takes its number of classes under `classes_option`.

    Args:
        build: makes one.
        classes_option: name of its argument.
        classes: 0 for one without classifier.
        channels: of the input; None where `build` sees to them.
    """
    module = build(**{classes_option: max(classes, 1)})
    if channels is not None:
        with_input_channels(module, channels)
    return module if classes else without_classifier(module)


@dataclass(frozen=True)
class AdaptedDesign(LibraryDesign):
    """A library's design with another input or without its classifier.

    Attributes:
        classes: 0 for none.
        input_channels: of the first convolution.
    """

    classes: int = 1000
    input_channels: int = 3

    def imported(self) -> Callable[[], nn.Module]:
        """The same without the library's import."""
        make = super().imported()
        return partial(adapted, make, "num_classes", self.classes, self.input_channels)
