"""How each library makes a network of a design with given classes and input channels."""

from collections.abc import Callable, Mapping
from functools import partial

from torch import nn

from models.catalogue import digit_entries
from models.catalogue.catalogue import catalogue
from models.catalogue.library_design import LibraryDesign
from models.catalogue.torchvision_registry import registry
from models.recognition.adapting import AdaptedDesign, adapted
from models.recognition.record import DesignRecord
from models.training.recipes import RECIPES


def factory(design: DesignRecord, classes: int, channels: int) -> Callable[[], nn.Module]:
    """A factory as `Architecture.build` is one.

    Args:
        design: of whichever library; nothing of it is imported before the factory is called.
        classes: 0 for a network without classifier.
        channels: of the input.

    Raises:
        ValueError: the design takes no such number of channels.
    """
    if channels < 1 or classes < 0:
        raise ValueError(f"No network has {classes} classes and {channels} input channels.")
    if design.channels not in (None, channels):
        raise ValueError(f"{design.title} takes {design.channels} input channels, not {channels}.")
    match design.library:
        case "torchvision":
            return _torchvision(design.made_as, design.options, classes, channels)
        case "timm":
            sizes = {"num_classes": classes, "in_chans": channels}
            return LibraryDesign("timm", "create_model", design.made_as, sizes)
        case "convscope":
            return _own(design.made_as, classes, channels)


def _torchvision(
    name: str, options: Mapping[str, bool], classes: int, channels: int
) -> Callable[[], nn.Module]:
    build: Callable[[], nn.Module] = LibraryDesign(
        "torchvision.models", "get_model", name, {"weights": None}
    )
    if name in registry().networks:
        # Just as the catalogue builds it: without auxiliary heads.
        build = catalogue().resolve(f"{name}.random").architecture.build
    if not isinstance(build, LibraryDesign):
        raise TypeError(f"{name} is no design of torchvision.")
    return AdaptedDesign(
        build.library,
        build.function,
        build.name,
        {**build.options, **options},
        classes=classes,
        input_channels=channels,
    )


def _own(name: str, classes: int, channels: int) -> Callable[[], nn.Module]:
    if name in digit_entries.designs():
        with_channels = partial(RECIPES[name].build, in_channels=channels)
        return partial(adapted, with_channels, "classes", classes, None)
    build = catalogue().resolve(f"{name}.random").architecture.build
    if isinstance(build, LibraryDesign):  # of timm
        sizes = {"num_classes": classes, "in_chans": channels}
        return LibraryDesign(build.library, build.function, build.name, {**build.options, **sizes})
    return partial(adapted, build, "classes", classes, channels)
