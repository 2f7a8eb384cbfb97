"""By which names the server may be asked.

A page can let its own name point to 127.0.0.1, and its browser then takes what is here for a part
of that page (DNS rebinding). The name in `Host` tells the two apart.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import UnknownHostError
from app.settings import Settings
from app.web.problems import problem_of, problem_response

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s:\[\]/@]+)(:\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True)
class HostNames:
    """The names that are answered to.

    Attributes:
        names: in lower case, besides those of this machine to itself.
        any_address: an IP address is a name too: no page can let one point elsewhere.
    """

    names: frozenset[str] = frozenset()
    any_address: bool = False

    def include(self, host: str) -> bool:
        """True if a `Host` header, with or without a port, names this server."""
        name = _name_in(host)
        if name is None:
            return False
        return "*" in self.names or name in self.names or self._includes_address(name)

    def _includes_address(self, name: str) -> bool:
        if is_loopback(name):
            return True
        return self.any_address and _address(name) is not None

    def describe(self) -> str:
        """What may be said in place of a wrong name."""
        addresses = ["any IP address of this machine"] if self.any_address else []
        return ", ".join(["localhost", "127.0.0.1", "[::1]", *addresses, *sorted(self.names)])


def names_of(settings: Settings, listening_on: str) -> HostNames:
    """What a server with these settings goes by, when it listens on this address or name."""
    names = {name.lower().rstrip(".").strip("[]") for name in settings.allowed_hosts}
    if is_loopback(listening_on):
        return HostNames(frozenset(names))
    if _is_wildcard(listening_on):
        return HostNames(frozenset({*names, socket.gethostname().lower()}), any_address=True)
    return HostNames(frozenset({*names, listening_on.lower().strip("[]")}))


def is_loopback(name: str) -> bool:
    """True for the names by which a machine calls itself alone."""
    if name.lower() == "localhost":
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _is_wildcard(name: str) -> bool:
    address = _address(name)
    return not name or (address is not None and address.is_unspecified)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _name_in(host: str) -> str | None:
    found = _HOST.fullmatch(host)
    return found["name"].lower().rstrip(".").strip("[]") if found else None


class HostCheck:
    """Answers only requests that name this server, and names it once."""

    def __init__(self, app: ASGIApp, names: HostNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) != 1 or not self._names.include(hosts[0]):
                answer = problem_response(problem_of(self._refusal(hosts)))
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, hosts: list[str]) -> UnknownHostError:
        given = " and ".join(repr(host[:200]) for host in hosts) or "nothing"
        return UnknownHostError(
            f"This request is for {given}; this server is {self._names.describe()}, with any "
            "port. CONVSCOPE_ALLOWED_HOSTS gives it further names."
        )
