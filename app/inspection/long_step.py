"""How long computations tell how far they are."""

from typing import Any, Protocol


class Step(Protocol):
    """What is called after each step; see `app.long_work.Step`, which is one."""

    def __call__(self, done: int, total: int, preview: Any = None) -> None:
        """Report `done` of `total` steps; raises if nobody waits any more."""


def no_step(done: int, total: int, preview: Any = None) -> None:
    """Report to nobody."""
