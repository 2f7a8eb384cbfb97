"""Headers that keep a page to its own server."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# In the scope of a request whose answer may stand in a frame of any page: its address has the
# token, which no page that was not given it can name.
MAY_BE_FRAMED = "convscope.may_be_framed"
_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'"
)
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        # No other site may put our pictures into its page, or hold on to our window.
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)


# Without the directive and not with `*`: that would leave out pages of editors, which have schemes
# of their own.
_FRAMED_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        **SECURITY_HEADERS,
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
)


def framed_by(origins: Sequence[str]) -> Mapping[str, str]:
    """Headers of an answer that may stand in a frame of pages of these origins, and of no other."""
    if not origins:
        return {}
    return {
        "Content-Security-Policy": f"{_POLICY}; frame-ancestors {' '.join(origins)}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


class SecurityHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                framed = scope.get(MAY_BE_FRAMED, False)
                for name, value in (_FRAMED_HEADERS if framed else SECURITY_HEADERS).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
