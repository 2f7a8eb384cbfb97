"""ETags for answers that never change: same question, same version, same bytes."""

import hashlib
from importlib.metadata import version

from fastapi import Request
from fastapi.responses import Response

VERSION = version("convscope")

# The client may keep the answer, but asks each time whether its picture is still known.
_CACHE_CONTROL = "private, no-cache"


def entity_tag(*parts: object) -> str:
    """A strong ETag of everything that an answer depends on."""
    digest = hashlib.sha256(repr((VERSION, *parts)).encode()).hexdigest()
    return f'"{digest[:32]}"'


def cache_headers(tag: str) -> dict[str, str]:
    """The headers of an answer with this ETag."""
    return {"ETag": tag, "Cache-Control": _CACHE_CONTROL}


def not_modified(request: Request, tag: str, *, exists: bool = False) -> Response | None:
    """304 if the client says that it holds this very answer, else None (RFC 9110, 13.1.2).

    Args:
        request: whose If-None-Match is read.
        tag: of the answer.
        exists: True once it is known that there is an answer, which is what `*` asks.
    """
    held = request.headers.get("if-none-match", "")
    tags = [candidate.strip().removeprefix("W/") for candidate in held.split(",")]
    if tag in tags or (exists and held.strip() == "*"):
        return Response(status_code=304, headers=cache_headers(tag))
    return None
