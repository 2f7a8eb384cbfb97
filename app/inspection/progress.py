"""How long computations tell how far they are."""

from typing import Any, Protocol


class Progress(Protocol):
    """What the work calls after each of its steps."""

    def __call__(self, done: int, total: int, preview: Any = None) -> None:
        """Report `done` of `total` steps, and what there is to see so far.

        Raises:
            WorkCancelledError: nobody waits any more; let it pass.
        """


def no_progress(done: int, total: int, preview: Any = None) -> None:
    """Take a report and do nothing with it."""
