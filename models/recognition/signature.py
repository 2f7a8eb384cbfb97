"""The signature of a design: the names and shapes of its tensors, classes and channels left open.

Nothing here needs torch.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from models.weights.names import BATCH_COUNTER

Shape = tuple[int, ...]

# A counter of batches stands beside each of these, so signatures name no counter.
COUNTED = "running_mean"

_EXTENT = re.compile(r"(?:(\d*)([ci]))?(?(2)(?:\+(\d+))?|(\d+))")


def counter_beside(running_mean: str) -> str:
    """The name of the counter that stands beside a running mean."""
    return running_mean.removesuffix(COUNTED) + BATCH_COUNTER


@dataclass(frozen=True)
class Extent:
    """A tensor's extent along one axis: a multiple of classes or of input channels, and more.

    That is `per_class` * classes + `fixed`, or `per_channel` * channels + `fixed`; never both, so
    that one length says the number. Written as `64`, `c`, `16i` or `c+1`.
    """

    per_class: int = 0
    per_channel: int = 0
    fixed: int = 0

    def __str__(self) -> str:
        factor = self.per_class or self.per_channel
        if not factor:
            return str(self.fixed)
        unknown = "c" if self.per_class else "i"
        more = f"+{self.fixed}" if self.fixed else ""
        return f"{factor if factor > 1 else ''}{unknown}{more}"

    @classmethod
    def parse(cls, text: str) -> "Extent":
        """What `str` wrote.

        Raises:
            ValueError: it is no extent.
        """
        match = _EXTENT.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no extent")
        factor, unknown, more, alone = match.groups()
        if unknown is None:
            return cls(fixed=int(alone))
        number = int(factor or 1)
        return cls(
            per_class=number if unknown == "c" else 0,
            per_channel=number if unknown == "i" else 0,
            fixed=int(more or 0),
        )


@dataclass(frozen=True)
class OpenShape:
    """A tensor's shape, classes and input channels left open; written as `c,512`."""

    extents: tuple[Extent, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.extents))

    @classmethod
    def parse(cls, text: str) -> "OpenShape":
        """What `str` wrote; raises ValueError where it is no shape."""
        return cls(tuple(Extent.parse(part) for part in text.split(",")) if text else ())

    @property
    def has_classes(self) -> bool:
        """True if an extent grows with the number of classes."""
        return any(extent.per_class for extent in self.extents)

    def solve(self, shape: Shape) -> tuple[int, int] | None:
        """How many classes and input channels give this shape.

        Returns:
            None where no number does; otherwise classes and channels, 0 where they do not matter.
        """
        if len(shape) != len(self.extents):
            return None
        found = [0, 0]
        for extent, length in zip(self.extents, shape, strict=True):
            rest = length - extent.fixed
            factor = extent.per_class or extent.per_channel
            if not factor:
                if rest:
                    return None
                continue
            number, remainder = divmod(rest, factor)
            unknown = 0 if extent.per_class else 1
            if number <= 0 or remainder or found[unknown] not in (0, number):
                return None
            found[unknown] = number
        return found[0], found[1]


@dataclass(frozen=True)
class Signature:
    """All tensors of a design.

    Attributes:
        tensors: by name; counters of batches are left out.
        head: the names that are gone where the design is built without its classifier; None where
            it cannot be.
    """

    tensors: Mapping[str, OpenShape]
    head: frozenset[str] | None
