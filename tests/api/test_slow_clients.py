"""Clients that send nothing, half of something, or read nothing: they hold nobody up."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import asking
import httpx2
import pytest
from guarded import LARGE_BYTES, connect, guarded, until_closed
from live_server import live_server

from app.settings import Settings

ROOT = Path(__file__).parents[2]
HEADER_S = 0.6
CONNECTIONS = 8
REFUSED = 12
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def quick(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "header_timeout_s": HEADER_S,
            "answer_timeout_s": 0.6,
            "upload_idle_timeout_s": 0.4,
            "upload_timeout_s": 0.8,
            "max_connections": CONNECTIONS,
        }
    )


@pytest.fixture
def application(quick: Settings):
    return guarded(quick)


@pytest.fixture
def address(application, quick: Settings) -> Iterator[str]:
    with live_server(application, quick) as url:
        yield url


def answer_of(received: bytes) -> tuple[int, dict[str, str], dict]:
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, json.loads(body)


def dribble(connection: socket.socket, part: bytes = b"x") -> bytes:
    """Send a little at a time until the server has had enough; what it said."""
    connection.settimeout(0.05)
    received = bytearray()
    while True:
        try:
            came = connection.recv(65536)
        except TimeoutError:
            try:
                connection.sendall(part)
            except OSError:
                return bytes(received)
            continue
        except ConnectionResetError:
            return bytes(received)
        if not came:
            return bytes(received)
        received += came


def test_silence_ends_without_a_word(address: str) -> None:
    with connect(address) as connection:
        assert until_closed(connection) == b""


@pytest.mark.parametrize("before", [b"", ASK], ids=["new", "kept alive"])
@pytest.mark.parametrize("is_dribbling", [False, True])
def test_half_a_head_is_told_that_it_is_late(
    address: str, before: bytes, is_dribbling: bool
) -> None:
    with connect(address) as connection:
        connection.sendall(before)
        if before:
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert (response.status, json.loads(response.read())) == (200, {"query": {}})
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        received = dribble(connection) if is_dribbling else until_closed(connection)
    status, headers, problem = answer_of(received)
    assert (status, problem["type"]) == (408, "request-timeout")
    assert f"{HEADER_S:g} s" in problem["detail"]
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_no_http_is_told_so_in_a_problem(address: str) -> None:
    chunked = b"POST /json HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n"
    for sent in (b"\x16\x03\x01 hello\r\n\r\n", ASK.replace(b"Host", b"X-Host"), chunked):
        with connect(address) as connection:
            connection.sendall(sent)
            status, headers, problem = answer_of(until_closed(connection))
        assert (status, problem["type"]) == (400, "malformed-request")
        assert "content-security-policy" in headers


@pytest.mark.parametrize("is_dribbling", [False, True], ids=["idle", "in all"])
def test_json_body_that_does_not_come_is_told_so(address: str, is_dribbling: bool) -> None:
    with connect(address) as connection:
        connection.sendall(
            b"POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10000\r\n\r\n{"
        )
        # The answer comes with its length; what follows it is the rest of our body.
        received = dribble(connection, b" ") if is_dribbling else until_closed(connection)
    status, _, problem = answer_of(received)
    assert (status, problem["type"]) == (408, "request-timeout")


def test_body_that_nobody_asked_for_ends_too(address: str) -> None:
    with connect(address) as connection:
        connection.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n{"
        )
        assert answer_of(dribble(connection))[0] == 200


@pytest.mark.parametrize(("path", "status"), [("/upload", 503), ("/broken", 500), ("/json", 413)])
def test_refusal_can_be_read_by_whoever_is_still_sending(
    quick: Settings, path: str, status: int
) -> None:
    # One client may hold half of the connections: none of these is one too many, not even while
    # those before it are still being closed.
    roomy = quick.model_copy(update={"max_connections": 2 * REFUSED})

    with live_server(guarded(roomy), roomy) as address, ThreadPoolExecutor(3) as clients:

        def send(_: int) -> httpx2.Response:
            body = bytes(4 * 2**20)
            return asking.post(f"{address}{path}", content=body, headers={"Connection": "close"})

        answers = list(clients.map(send, range(REFUSED)))
    for answer in answers:
        assert answer.status_code == status
        assert answer.json()["status"] == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("part_bytes", "status"), [(1, 400), (80, 404)])
def test_body_in_very_many_very_small_parts_is_refused(
    address: str, part_bytes: int, status: int
) -> None:
    """Each part holds the event loop for a while; lines of a usual length are let pass."""
    part = b"%x\r\n" % part_bytes + b"a" * part_bytes + b"\r\n"
    with connect(address) as connection:
        connection.sendall(
            b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" + part * 5000 + b"0\r\n\r\n"
        )
        assert answer_of(until_closed(connection))[0] == status


def let_go(application) -> None:
    go = application.state.go
    go._loop.call_soon_threadsafe(go.set)


def test_stream_and_its_reader_outlive_every_limit(application, address: str) -> None:
    with asking.stream("GET", f"{address}/stream") as answer:
        parts = answer.iter_text()
        assert next(parts) == "event: first\n\n"
        for _ in range(2):
            # As long as it takes until a silent one is cut off.
            with connect(address) as silent:
                until_closed(silent)
        let_go(application)
        assert "".join(parts) == "event: last\n\n"


def test_slow_body_of_a_question_is_no_client_that_left(application, address: str) -> None:
    with connect(address) as connection:
        connection.sendall(
            b"GET /wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n{"
        )
        with connect(address) as silent:
            until_closed(silent)
        let_go(application)
        assert answer_of(until_closed(connection))[0] == 200


def test_answer_that_is_not_read_is_given_up(address: str) -> None:
    with connect(address) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        # Another's silence as the clock, longer than the limit and the look at it.
        for _ in range(2):
            with connect(address) as silent:
                until_closed(silent)
        assert len(until_closed(connection)) < LARGE_BYTES
    assert len(asking.get(f"{address}/large").content) == LARGE_BYTES


def test_who_has_long_said_nothing_makes_room(address: str) -> None:
    per_client = CONNECTIONS // 2
    with ExitStack() as open_ones:
        silent = [open_ones.enter_context(connect(address)) for _ in range(per_client)]
        wait_until(lambda: asking.get(f"{address}/healthz").status_code == 200)
        assert until_closed(silent[0]) == b""


def test_newcomer_is_told_when_all_are_at_work(application, address: str) -> None:
    per_client = CONNECTIONS // 2
    with ExitStack() as open_ones:
        parts = []
        for _ in range(per_client):
            stream = open_ones.enter_context(asking.stream("GET", f"{address}/stream"))
            parts.append(stream.iter_text())
            next(parts[-1])
        # It has sent a body that nobody reads, and still sees the answer.
        answer = asking.post(f"{address}/json", content=bytes(100_000))
        assert (answer.status_code, answer.json()["type"]) == (503, "busy")
        assert answer.headers["retry-after"] == "1"
        assert "content-security-policy" in answer.headers
        let_go(application)


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


SERVE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))
sys.path.insert(0, "tests/api")
from guarded import guarded
from app.web.serving import make_server
from app.settings import Settings
settings = Settings(header_timeout_s=30)
make_server(guarded(settings), settings, "127.0.0.1", int(sys.argv[1])).run()
"""


def test_200_silent_connections_to_160_file_handles(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    address = f"http://127.0.0.1:{port}"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)], cwd=ROOT, stdout=output, stderr=output
        ) as child,
        ExitStack() as open_ones,
    ):
        try:
            wait_for_line(log, b"running on", child)
            for _ in range(200):
                open_ones.enter_context(connect(address))
            answers = []
            wait_until(lambda: is_answered(address, answers))
            assert set(answers[:-1]) <= {503}
            handles = len(list(Path(f"/proc/{child.pid}/fd").iterdir()))
        finally:
            child.terminate()
            child.wait(20)
    assert handles < 160
    assert b"accept" not in log.read_bytes()
    # Beside what a server says in any case, not a line a connection.
    assert len(log.read_bytes().splitlines()) < 20 + len(answers)


def is_answered(address: str, answers: list[int]) -> bool:
    answers.append(asking.get(f"{address}/healthz").status_code)
    return answers[-1] == 200


def wait_for_line(log: Path, text: bytes, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while text not in log.read_bytes():
        assert child.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
