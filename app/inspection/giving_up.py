"""How a computation without reports, such as one pass through a network, ends with who asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.inspection.errors import WorkCancelledError

_is_given_up: ContextVar[Callable[[], bool]] = ContextVar("is_given_up", default=lambda: False)


@contextmanager
def given_up_when(condition: Callable[[], bool]) -> Iterator[None]:
    """Within the block, `check_wanted` raises from the moment that the condition holds.

    Args:
        condition: quick, and safe on any thread.
    """
    token = _is_given_up.set(condition)
    try:
        yield
    finally:
        _is_given_up.reset(token)


def check_wanted() -> None:
    """Between two steps of work that reports no progress: go on only if anybody still waits.

    Raises:
        WorkCancelledError: nobody does; let it pass.
    """
    if _is_given_up.get()():
        raise WorkCancelledError
