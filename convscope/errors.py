"""What goes wrong, in words that a person can act on."""

from collections.abc import Mapping
from typing import Any


class ConvscopeError(Exception):
    """Base of every error of this package."""


class ExportError(ConvscopeError):
    """A network that cannot be written down as a bundle.

    Attributes:
        cause: why, in a sentence or two.
        location: `file.py:12, the line` of the network's own code, where one is known.
    """

    def __init__(self, cause: str, location: str | None = None) -> None:
        self.cause = cause
        self.location = location
        super().__init__(f"{cause} ({location})" if location else cause)


class StartError(ConvscopeError):
    """A server that did not start; the message has its last words."""


class ServerError(ConvscopeError):
    """What a server answered in place of what was asked for (RFC 9457).

    Attributes:
        status: of HTTP; 0 where no answer came.
        type: the word for programs, `unknown-layer`.
        detail: what is wrong and what would be right.
        problem: all that the server said.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.type = str(problem.get("type", "about:blank"))
        self.detail = str(problem.get("detail") or problem.get("title") or f"status {status}")
        super().__init__(f"{self.detail} ({self.type}, {status})")
