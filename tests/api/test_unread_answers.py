"""What a client can hold of the server by not reading: counted by the server's real sockets."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from guarded import LARGE_BYTES, guarded, until_closed
from live_server import live_server
from test_slow_clients import wait_until

from app.settings import Settings
from app.web.http_protocol import BoundedProtocol

PER_CLIENT = 4
SMALL_BYTES = 4096
# More than two small sockets hold between them, and less than lets a server's writing pause.
ANSWER_BYTES = 40_000


@pytest.fixture
def protocols(monkeypatch: pytest.MonkeyPatch) -> set[BoundedProtocol]:
    """Those that have a socket, whatever the server's own account says of them."""
    alive: set[BoundedProtocol] = set()
    made, lost = BoundedProtocol.connection_made, BoundedProtocol.connection_lost

    def connection_made(protocol, transport) -> None:
        alive.add(protocol)
        # What is unread then waits in the server and not in the system.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
        made(protocol, transport)

    def connection_lost(protocol, error) -> None:
        alive.discard(protocol)
        lost(protocol, error)

    monkeypatch.setattr(BoundedProtocol, "connection_made", connection_made)
    monkeypatch.setattr(BoundedProtocol, "connection_lost", connection_lost)
    return alive


@pytest.fixture
def address(
    protocols, settings: Settings, monkeypatch: pytest.MonkeyPatch, request
) -> Iterator[str]:
    # Nobody is spared for having only just come.
    monkeypatch.setattr("app.web.connections._SPARED_S", 0)
    limits = {"answer_timeout_s": 0.6, "max_connections": 2 * PER_CLIENT}
    few = settings.model_copy(update=limits)
    with live_server(guarded(few), few) as url:
        yield url


def ask_and_read_nothing(address: str, request: bytes) -> socket.socket:
    parts = urlsplit(address)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
    connection.settimeout(20)
    connection.connect((parts.hostname, parts.port))
    connection.sendall(request)
    assert connection.recv(1, socket.MSG_PEEK) == b"H"
    return connection


def get(path: str, *lines: bytes) -> bytes:
    head = (f"GET {path} HTTP/1.1".encode(), b"Host: localhost", *lines)
    return b"\r\n".join(head) + b"\r\n\r\n"


def test_answers_that_nobody_reads_make_no_room_and_do_not_pile_up(address: str, protocols) -> None:
    with ExitStack() as open_ones:
        for _ in range(3 * PER_CLIENT):
            ask = get(f"/bytes?size={ANSWER_BYTES}")
            open_ones.enter_context(ask_and_read_nothing(address, ask))
            # Those that are being told that there are too many go by themselves.
            held = [each for each in list(protocols) if each._closes_at is None]
            assert len(held) <= PER_CLIENT
        wait_until(lambda: not protocols)


def test_answer_that_is_being_read_is_not_cut_for_a_newcomer(address: str) -> None:
    with ExitStack() as open_ones:
        ask = get(f"/bytes?size={ANSWER_BYTES}", b"Connection: close")
        readers = [
            open_ones.enter_context(ask_and_read_nothing(address, ask)) for _ in range(PER_CLIENT)
        ]
        refused = open_ones.enter_context(ask_and_read_nothing(address, ask))
        assert until_closed(refused).startswith(b"HTTP/1.1 503")
        for each in readers:
            _, _, body = until_closed(each).partition(b"\r\n\r\n")
            assert len(body) == ANSWER_BYTES


def test_answer_that_a_fault_of_the_client_ended_goes_though_it_is_not_read(
    address: str, protocols
) -> None:
    ask = get(f"/bytes?size={ANSWER_BYTES}", b"Transfer-Encoding: chunked")
    with ask_and_read_nothing(address, ask) as connection:
        # The end of the answer waits for that of the body, which is no chunk.
        connection.sendall(b"no\r\n")
        wait_until(lambda: not protocols)


@pytest.fixture
def patient(settings: Settings) -> Iterator[str]:
    with live_server(guarded(settings), settings) as url:
        yield url


def test_large_answer_goes_out_as_it_is_read(patient: str, protocols) -> None:
    """Written at once it would hold everybody up, and lie in the server twice."""
    with ask_and_read_nothing(patient, get("/large", b"Connection: close")) as connection:
        wait_until(lambda: all(each.flow.write_paused for each in protocols))
        (protocol,) = protocols
        assert protocol.transport.get_write_buffer_size() < 2**20
        # What has not been written yet is held as well.
        assert protocol.unread_bytes > LARGE_BYTES // 2
        _, _, body = until_closed(connection).partition(b"\r\n\r\n")
    assert body == bytes(LARGE_BYTES)
