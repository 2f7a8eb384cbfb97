"""Designs that a library has, which is imported when a network of it is first built."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import nn

# Lets the libraries import beside any torch.
_OPERATORS = "models.torchvision_operators"


@dataclass(frozen=True)
class LibraryDesign:
    """Makes a new module each time it is called, as any `Architecture.build`.

    torchvision and timm take one and two seconds to import, and a network that is opened from its
    stored graph and its weights needs neither.

    Attributes:
        library: module of the function, `torchvision.models`.
        function: which makes networks by name, `get_model`.
        name: of the design.
        options: further arguments.
    """

    library: str
    function: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def imported(self) -> Callable[[], nn.Module]:
        """The same without the library's import, for where tensors are made in another way."""
        importlib.import_module(_OPERATORS)
        make = getattr(importlib.import_module(self.library), self.function)
        return partial(make, self.name, **self.options)

    def __call__(self) -> nn.Module:
        """Build one."""
        return self.imported()()
