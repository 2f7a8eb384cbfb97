"""What is closed with its `with`."""

from types import TracebackType
from typing import Self


class Closing:
    """Closes at the end of a `with`."""

    def close(self) -> None:
        """Let go of what it holds; each kind says of what."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()
