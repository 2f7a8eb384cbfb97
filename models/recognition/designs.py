"""Designs whose classes and input channels are left open, by name."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields

from torch import nn

from models.errors import UnknownDesignError
from models.recognition.factories import factory
from models.recognition.index import index
from models.recognition.record import DesignRecord


@dataclass(frozen=True)
class OpenDesign(DesignRecord):
    """A design that can be built for any number of classes and input channels."""

    def build(self, classes: int, input_channels: int) -> Callable[[], nn.Module]:
        """A factory of exactly the network whose tensors were recognised, as `Architecture.build`.

        Args:
            classes: 0 for the network without its classifier.
            input_channels: of the first layer.

        Raises:
            ValueError: the design takes no such input, or cannot be without its classifier.
        """
        if not classes and index().signature(self.name).head is None:
            raise ValueError(f"{self.title} cannot be built without its classifier.")
        return factory(self, classes, input_channels)


def opened(record: DesignRecord) -> OpenDesign:
    """The record as what can be built."""
    return OpenDesign(**{each.name: getattr(record, each.name) for each in fields(record)})


def open_design(name: str) -> OpenDesign:
    """The design of this name.

    Raises:
        UnknownDesignError: there is none.
    """
    record = index().designs.get(name)
    if record is None:
        raise UnknownDesignError(name, difflib.get_close_matches(name, index().designs, n=3))
    return opened(record)
