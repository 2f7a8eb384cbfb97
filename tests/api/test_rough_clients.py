"""Clients that stop, hang up, flood or all come at once: the server answers and goes on."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import asking
import pytest
from live_server import live_server
from published import EXAMPLES

from app.main import create_app
from app.settings import Settings
from app.web.clients import Client

LIMIT_BYTES = 300_000


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    application = create_app(settings.model_copy(update={"max_upload_bytes": LIMIT_BYTES}))
    with live_server(application) as url:
        yield url


def connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def answer_of(connection: socket.socket) -> tuple[int, dict[str, object]]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())


BOUNDARY = b"limit"
FORM_HEAD = (
    b"--limit\r\n"
    b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n"
)
HEADERS = (
    b"POST /api/v1/images HTTP/1.1\r\nHost: test\r\n"
    b"Content-Type: multipart/form-data; boundary=limit\r\n"
)


def still_alive(address: str) -> bool:
    return asking.get(f"{address}/healthz").status_code == 200


def test_body_that_stops_coming_times_out(settings: Settings) -> None:
    application = create_app(settings.model_copy(update={"upload_idle_timeout_s": 0.5}))
    with live_server(application) as url, connect(url) as connection:
        connection.sendall(HEADERS + b"Content-Length: 100000\r\n\r\n" + FORM_HEAD + b"some bytes")
        status, problem = answer_of(connection)
        assert (status, problem["type"]) == (408, "request-timeout")
        assert still_alive(url)


def test_body_that_never_ends_is_cut_off_at_the_limit(address: str) -> None:
    with connect(address) as connection:
        connection.sendall(HEADERS + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        connection.sendall(b"%x\r\n%s\r\n" % (len(FORM_HEAD), FORM_HEAD))
        stop = threading.Event()

        def flood() -> None:
            try:
                while not stop.is_set():
                    connection.sendall(chunk)
            except OSError:
                pass  # The server has closed: what the test is about.

        flooding = threading.Thread(target=flood)
        flooding.start()
        try:
            status, problem = answer_of(connection)
        finally:
            stop.set()
            connection.close()
            flooding.join()
    assert (status, problem["type"]) == (413, "image-too-large")
    assert still_alive(address)


def test_announced_length_beyond_the_limit_is_answered_to_an_ordinary_client(address: str) -> None:
    answer = asking.post(f"{address}/api/v1/images", files={"file": b"x" * 3_000_000})
    assert answer.status_code == 413
    assert f"{LIMIT_BYTES:,} bytes" in answer.json()["detail"]


JSON_LIMIT_BYTES = 256 * 1024
JSON_PATHS = (
    "/api/v1/models/lenet5/interventions?image=example-rocket",
    "/api/v1/images/example-rocket/variants",
    "/api/v1/training/runs",
)


def json_headers(path: str, content_type: str = "application/json") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: {content_type}\r\n".encode()


@pytest.mark.parametrize("path", JSON_PATHS)
def test_announced_json_body_beyond_the_limit_is_refused_before_it_comes(
    address: str, path: str
) -> None:
    with connect(address) as connection:
        connection.sendall(json_headers(path) + b"Content-Length: 1000000000\r\n\r\n")
        status, problem = answer_of(connection)
    assert (status, problem["type"]) == (413, "body-too-large")
    assert f"{JSON_LIMIT_BYTES:,} bytes" in problem["detail"]
    assert still_alive(address)


# A form is no way around the limit where no form is read.
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=a"])
@pytest.mark.parametrize("path", JSON_PATHS)
def test_json_body_that_never_ends_is_cut_off_at_the_limit(
    address: str, path: str, content_type: str
) -> None:
    with connect(address) as connection:
        connection.sendall(json_headers(path, content_type) + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(JSON_LIMIT_BYTES // 0x10000 + 1):
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        status, problem = answer_of(connection)
    assert (status, problem["type"]) == (413, "body-too-large")
    assert still_alive(address)


def test_json_body_of_the_limit_is_read_and_one_byte_more_is_told_to_an_ordinary_client(
    address: str,
) -> None:
    url = f"{address}{JSON_PATHS[0]}"
    headers = {"Content-Type": "application/json"}
    largest = b'{"interventions": []}'.ljust(JSON_LIMIT_BYTES)
    for content, status in (
        (largest, 200),
        (iter([largest]), 200),
        (largest + b" ", 413),
        (iter([largest, b" "]), 413),
        (largest * 12, 413),
        (iter([largest] * 12), 413),
    ):
        answer = asking.post(url, content=content, headers=headers)
        assert answer.status_code == status
        if status == 413:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.json()["type"] == "body-too-large"
    assert still_alive(address)


@pytest.mark.parametrize(
    "sent", [HEADERS[:40], HEADERS + b"Content-Length: 9000\r\n\r\n" + FORM_HEAD]
)
def test_client_that_hangs_up_in_the_middle_does_no_harm(address: str, sent: bytes) -> None:
    with connect(address) as connection:
        connection.sendall(sent)
    assert still_alive(address)
    picture = (EXAMPLES / "chelsea.png").read_bytes()
    answer = asking.post(f"{address}/api/v1/images", files={"file": picture})
    assert answer.status_code == 201


def test_many_at_once_get_the_same_scores_or_busy_and_nothing_else(settings: Settings) -> None:
    application = create_app(settings.model_copy(update={"compute_workers": 2, "compute_queue": 2}))
    picture = (EXAMPLES / "rocket.jpg").read_bytes()
    with live_server(application) as url, ThreadPoolExecutor(16) as clients:
        answers = list(
            clients.map(
                lambda _: asking.post(
                    f"{url}/api/v1/predictions", files={"file": picture}, timeout=60
                ),
                range(32),
            )
        )
        assert still_alive(url)
    served = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert served
    assert {answer.text for answer in served} == {served[0].text}
    for answer in refused:
        assert (answer.status_code, answer.json()["type"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) >= 1


def test_scores_that_nobody_waits_for_any_more_are_not_computed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = create_app(settings.model_copy(update={"compute_workers": 1}))
    with live_server(application) as url:
        # Its default network is loaded: what is asked for below waits for its computation alone.
        wait_until(lambda: asking.get(f"{url}/readyz").status_code == 200, patience_s=60)
        turns = application.state.services.pool._turns
        release = threading.Event()
        blocker = turns.submit(Client("another"), lambda _: release.wait())
        queued: list[Future[object]] = []
        submit = turns.submit

        def submit_and_note(*args, **kwargs):
            queued.append(submit(*args, **kwargs))
            return queued[-1]

        monkeypatch.setattr(turns, "submit", submit_and_note)
        with connect(url) as connection:
            connection.sendall(
                b"GET /api/v1/models/lenet5.mnist5k/predictions?image=example-rocket "
                b"HTTP/1.1\r\nHost: test\r\n\r\n"
            )
            wait_until(lambda: queued)
        wait_until(queued[0].cancelled)
        release.set()
        assert blocker.result() is True


def wait_until(condition, patience_s: float = 10) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def test_upload_places_are_bounded(settings: Settings) -> None:
    application = create_app(
        settings.model_copy(update={"concurrent_uploads": 1, "upload_idle_timeout_s": 5})
    )
    with live_server(application) as url, connect(url) as slow:
        slow.sendall(HEADERS + b"Content-Length: 9000\r\n\r\n" + FORM_HEAD)
        uploads = application.state.services.uploads
        wait_until(lambda: uploads._places == 0)
        picture = (EXAMPLES / "chelsea.png").read_bytes()
        answer = asking.post(f"{url}/api/v1/images", files={"file": picture})
        assert (answer.status_code, answer.json()["type"]) == (503, "busy")
        slow.close()
        wait_until(lambda: uploads._places == 1)
        again = asking.post(f"{url}/api/v1/images", files={"file": picture})
        assert again.status_code == 201


def test_dribbling_uploads_of_one_client_leave_places_for_others(settings: Settings) -> None:
    application = create_app(
        settings.model_copy(update={"concurrent_uploads": 16, "upload_idle_timeout_s": 30})
    )
    head = HEADERS + b"Content-Length: 9000\r\n\r\n" + FORM_HEAD
    picture = (EXAMPLES / "chelsea.png").read_bytes()
    with live_server(application) as url, ExitStack() as slow_ones:
        parts = urlsplit(url)
        for _ in range(16):
            slow_ones.enter_context(connect(url)).sendall(head)
        uploads = application.state.services.uploads
        wait_until(lambda: uploads._places == 8)
        refused = asking.post(f"{url}/api/v1/images", files={"file": picture})
        assert (refused.status_code, refused.json()["type"]) == (503, "busy")
        assert "from one address; 8 may be" in refused.json()["detail"]
        # Another address of this machine stands for another client.
        other = slow_ones.enter_context(
            socket.create_connection(
                (parts.hostname, parts.port), timeout=20, source_address=("127.0.0.2", 0)
            )
        )
        body = FORM_HEAD + picture + b"\r\n--limit--\r\n"
        other.sendall(HEADERS + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        status, _ = answer_of(other)
        assert status == 201


def test_upload_that_never_pauses_but_hardly_comes_is_ended(settings: Settings) -> None:
    """Within the longest pause, for what has come pays for next to no time."""
    application = create_app(
        settings.model_copy(
            update={"upload_idle_timeout_s": 2, "upload_minimum_bytes_per_s": 1_000_000}
        )
    )
    with live_server(application) as url, connect(url) as connection:
        connection.sendall(HEADERS + b"Content-Length: 100000\r\n\r\n" + FORM_HEAD)
        connection.settimeout(0.1)
        answered = False
        while not answered:
            connection.sendall(b"x")
            with suppress(TimeoutError):
                answered = bool(connection.recv(1, socket.MSG_PEEK))
        connection.settimeout(20)
        status, problem = answer_of(connection)
    assert (status, problem["type"]) == (408, "request-timeout")
    assert "came slower than 1,000,000 bytes a second" in problem["detail"]


def test_refused_uploads_can_read_why(settings: Settings) -> None:
    """A body far larger than what sockets hold between them: it is read before the answer goes."""
    application = create_app(settings.model_copy(update={"concurrent_uploads": 1}))
    with live_server(application) as url:
        services = application.state.services
        services.uploads._places = 0
        refusals = {
            (503, "busy"): {"files": {"file": b"x" * 19_000_000}},
            (415, "unsupported-media-type"): {
                "content": b"x" * 19_000_000,
                "headers": {"Content-Type": "image/png"},
            },
        }
        for (status, problem), body in refusals.items():
            answer = asking.post(f"{url}/api/v1/images", timeout=60, **body)
            assert (answer.status_code, answer.json()["type"]) == (status, problem)
        services.uploads._places = 1
        wrong_form = asking.post(
            f"{url}/api/v1/images",
            content=b"x" * 19_000_000,
            headers={"Content-Type": "multipart/form-data; boundary=limit"},
        )
        assert wrong_form.status_code == 422


def test_client_that_asks_before_it_sends_is_refused_at_once(address: str) -> None:
    with connect(address) as connection:
        connection.sendall(
            HEADERS.replace(b"multipart/form-data", b"image/png")
            + b"Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n"
        )
        assert connection.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 415"
