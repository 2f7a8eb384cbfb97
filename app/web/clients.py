"""Who asks: so that one client's many questions do not stand before everybody else's one."""

import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.cookies import PREFIX, cookies_of

# A browser gets a random name for as long as it is open; a program need not have one. Anybody can
# send anything, so the name only tells apart those who share an address.
COOKIE = f"{PREFIX}_client"
_NAME_BYTES = 9
_LONGEST_NAME = 32


@dataclass(frozen=True)
class Client:
    """One browser or program.

    Attributes:
        address: that it calls from, without the port; of IPv6 the first half, because the rest is
            for a client to choose.
        name: of the browser; "" for a program that keeps no cookies.
    """

    address: str = ""
    name: str = ""


_NOBODY = Client()
_current: ContextVar[Client] = ContextVar("client", default=_NOBODY)


def current_client() -> Client:
    """Who sent the request that is being answered."""
    return _current.get()


class ClientIdentity:
    """Notes for each request who sent it, and gives browsers a name with their first page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address, _ = scope.get("client") or ("", 0)
        name = cookies_of(scope).get(COOKIE, "")[:_LONGEST_NAME]
        _current.set(Client(_network_of(address), name))

        async def send_with_name(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    fresh = secrets.token_urlsafe(_NAME_BYTES)
                    cookie = f"{COOKIE}={fresh}; Path=/; HttpOnly; SameSite=Strict"
                    headers.append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send if name else send_with_name)


def _network_of(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(address if address.version == 4 else ip_network(f"{address}/64", strict=False))
