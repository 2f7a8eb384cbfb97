"""Networks written out here, each after a paper or a habit: a maker and its picture's shape."""

from collections.abc import Callable

from foreign.oddities.attending import ATTENDING
from foreign.oddities.habits import HABITS
from foreign.oddities.operations import OPERATIONS
from foreign.oddities.whole import WHOLE
from torch import nn

ODDITIES: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    **WHOLE,
    **ATTENDING,
    **OPERATIONS,
    **HABITS,
}
