import hashlib
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weight_server import PATIENCE_S, Reply, WeightServer, serving

import models
from models.errors import DownloadCancelledError, DownloadFailedError
from models.weights.download import download

SIZE = 300_000
CONTENT = random.Random(2).randbytes(SIZE)
NAME = "net-0123abcd.pth"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with serving() as state:
        state.files[NAME] = CONTENT
        yield state


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "cache" / NAME


def part_of(destination: Path) -> Path:
    return destination.with_name(f"{NAME}.part")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Watcher:
    """A progress callback that remembers, and tells when so many bytes have arrived."""

    def __init__(self, threshold: int = SIZE) -> None:
        self.calls: list[tuple[int, int | None]] = []
        self.threshold = threshold
        self.reached = threading.Event()

    def __call__(self, received_bytes: int, total_bytes: int | None) -> None:
        self.calls.append((received_bytes, total_bytes))
        if received_bytes >= self.threshold:
            self.reached.set()


def get(server: WeightServer | str, destination: Path, **options) -> Watcher:
    url = server if isinstance(server, str) else f"{server.url}/{NAME}"
    watcher = options.pop("progress", Watcher())
    arguments = {
        "sha256_prefix": sha256(CONTENT)[:8],
        "cancelled": threading.Event(),
        "retry_delays_s": (0, 0, 0),
        **options,
    }
    download(url, destination, progress=watcher, **arguments)
    return watcher


def files_beside(destination: Path) -> list[str]:
    return sorted(
        path.name for path in destination.parent.iterdir() if not path.name.endswith(".lock")
    )


def closed_port_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/{NAME}"


def test_file_arrives_whole_and_progress_ends_at_its_size(server, destination):
    watcher = get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert files_beside(destination) == [NAME]
    received = [received_bytes for received_bytes, _ in watcher.calls]
    assert watcher.calls[0] == (0, SIZE)
    assert received == sorted(received)
    assert watcher.calls[-1] == (SIZE, SIZE)


def test_progress_tells_what_is_on_the_disk(server, destination):
    """Who waits for another's download sees its file, and a killed one goes on from there."""
    server.replies = [Reply(hold_at=10)]
    seen = []

    def look(received_bytes: int, _: int | None) -> None:
        part = part_of(destination)
        seen.append((received_bytes, (part if part.exists() else destination).stat().st_size))
        if received_bytes == 10:
            server.release.set()

    get(server, destination, progress=look)
    assert (10, 10) in seen
    assert all(received_bytes == size for received_bytes, size in seen)


def test_bytes_are_asked_for_uncompressed(server, destination):
    get(server, destination)
    assert [request.accept_encoding for request in server.requests] == ["identity"]


def test_existing_file_is_left_alone(server, destination):
    destination.parent.mkdir()
    destination.write_bytes(b"already here")
    watcher = get(server, destination)
    assert destination.read_bytes() == b"already here"
    assert server.requests == []
    assert watcher.calls == [(12, 12)]


def test_cut_connection_is_resumed_where_it_broke(server, destination):
    server.replies = [Reply(cut_at=100_000), Reply(cut_at=250_000)]
    get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=250000-"]
    assert [request.sent_bytes for request in server.requests] == [100_000, 150_000, 50_000]


def test_part_of_an_earlier_run_is_resumed(server, destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT[:123_456])
    watcher = get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.ranges == ["bytes=123456-"]
    assert watcher.calls[0] == (123_456, SIZE)


def test_server_without_ranges_is_read_from_the_start_again(server, destination):
    server.replies = [Reply(cut_at=100_000)]
    server.default_reply = Reply(ignores_ranges=True)
    get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert [request.status for request in server.requests] == [200, 200]


def test_connection_always_cut_at_one_byte_gives_up_and_keeps_the_part(server, destination):
    server.default_reply = Reply(cut_at=100_000)
    with pytest.raises(DownloadFailedError, match="cut after 100000 of 300000 bytes"):
        get(server, destination)
    assert len(server.requests) == 4
    assert files_beside(destination) == [f"{NAME}.part"]
    assert part_of(destination).read_bytes() == CONTENT[:100_000]


@settings(max_examples=12)
@given(
    cuts=st.lists(st.integers(0, SIZE), max_size=3),
    ignores_ranges=st.booleans(),
    left_over=st.integers(0, SIZE),
)
def test_any_three_cuts_end_in_the_same_file(tmp_path_factory, cuts, ignores_ranges, left_over):
    destination = tmp_path_factory.mktemp("cuts") / NAME
    part_of(destination).write_bytes(CONTENT[:left_over])
    with serving() as server:
        server.files[NAME] = CONTENT
        server.replies = [Reply(cut_at=cut, ignores_ranges=ignores_ranges) for cut in cuts]
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert files_beside(destination) == [NAME]


def test_file_that_changed_between_two_attempts_is_not_joined(server, destination):
    changed = bytes(reversed(CONTENT))

    def change_after_the_cut(received_bytes: int, _: int | None) -> None:
        if received_bytes == 100_000:
            server.files[NAME] = changed

    server.replies = [Reply(cut_at=100_000)]
    get(server, destination, progress=change_after_the_cut, sha256_prefix=sha256(changed))
    assert destination.read_bytes() == changed
    assert [request.status for request in server.requests] == [200, 200]


def test_wrong_part_of_an_earlier_run_costs_one_more_download(server, destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(b"other")
    get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.ranges == ["bytes=5-", None]


def test_part_that_was_complete_needs_no_network(destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT)
    get(closed_port_url(), destination)
    assert files_beside(destination) == [NAME]
    assert destination.read_bytes() == CONTENT


def test_part_longer_than_the_file_is_thrown_away(server, destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT + b"more")
    get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert [request.status for request in server.requests] == [416, 200]


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-299999/300000", "bytes 5-299999/*", "bytes 5-9/300000", "items 5-299999/300000"],
)
def test_answer_of_another_range_is_not_appended(server, destination, content_range):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT[:5])
    server.replies = [Reply(content_range=content_range)]
    get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.ranges == ["bytes=5-", None]


def test_wrong_hash_deletes_what_came_and_says_both_hashes(server, destination):
    server.files[NAME] = b"<html>Please log in to this network</html>"
    with pytest.raises(DownloadFailedError) as caught:
        get(server, destination)
    assert sha256(server.files[NAME]) in str(caught.value)
    assert sha256(CONTENT)[:8] in str(caught.value)
    assert len(server.requests) == 1
    assert files_beside(destination) == []


def test_body_without_a_length_is_accepted_when_its_hash_is_right(server, destination):
    server.default_reply = Reply(announces_length=False)
    watcher = get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert watcher.calls[0] == (0, None)


def test_cut_body_without_a_length_does_not_get_the_final_name(server, destination):
    server.default_reply = Reply(announces_length=False, cut_at=SIZE - 1)
    with pytest.raises(DownloadFailedError, match="SHA-256"):
        get(server, destination)
    assert files_beside(destination) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refusal_is_final(server, destination, status):
    server.default_reply = Reply(status=status)
    with pytest.raises(DownloadFailedError, match=f"{NAME}.*answers {status}"):
        get(server, destination)
    assert len(server.requests) == 1
    assert files_beside(destination) == []


def test_server_error_is_tried_again(server, destination):
    server.replies = [Reply(status=503), Reply(status=500), Reply(status=429)]
    get(server, destination)
    assert destination.read_bytes() == CONTENT


def test_lasting_server_error_is_reported(server, destination):
    server.default_reply = Reply(status=500)
    with pytest.raises(DownloadFailedError, match="answers 500 Internal Server Error"):
        get(server, destination)
    assert len(server.requests) == 4


def test_redirect_is_followed(server, destination):
    server.replies = [Reply(status=302, location=f"{server.url}/{NAME}?mirror=2")]
    server.files[f"{NAME}?mirror=2"] = CONTENT
    get(server, destination)
    assert destination.read_bytes() == CONTENT


def test_redirect_away_from_the_web_is_refused(server, destination):
    server.default_reply = Reply(status=302, location="ftp://127.0.0.1/net.pth")
    with pytest.raises(DownloadFailedError, match="request failed"):
        get(server, destination)


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/net.pth", "http://", "net.pth", "http://[::"]
)
def test_addresses_outside_the_web_are_refused(destination, url):
    with pytest.raises(DownloadFailedError, match="the address"):
        get(url, destination)
    assert not destination.parent.exists()


@pytest.mark.parametrize("prefix", ["", "abc", "0123abcg", "0123ABCD", "0" * 65])
def test_prefix_that_would_prove_nothing_is_refused(server, destination, prefix):
    with pytest.raises(ValueError, match=re.escape(repr(prefix))):
        get(server, destination, sha256_prefix=prefix)
    assert server.requests == []


def test_unreachable_server_is_reported_at_once(destination):
    with pytest.raises(DownloadFailedError, match="cannot be reached"):
        get(closed_port_url(), destination, retry_delays_s=(3600,))


def test_silent_server_times_out(server, destination):
    server.default_reply = Reply(hold_at=100_000)
    with pytest.raises(DownloadFailedError, match="fell silent"):
        get(server, destination, timeout=httpx2.Timeout(5, read=0.1), retry_delays_s=())
    assert part_of(destination).read_bytes() == CONTENT[:100_000]


def test_directory_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "cache").write_text("a file where the directory should be")
    with pytest.raises(DownloadFailedError) as caught:
        get(server, tmp_path / "cache" / "weights" / NAME)
    assert str(tmp_path / "cache") in str(caught.value)
    assert server.requests == []


def test_cancelling_a_silent_download_stops_it_and_keeps_the_part(server, destination):
    server.replies = [Reply(hold_at=100_000)]
    watcher = Watcher(threshold=100_000)
    cancelled = threading.Event()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(get, server, destination, progress=watcher, cancelled=cancelled)
        assert watcher.reached.wait(PATIENCE_S)
        cancelled.set()
        error = running.exception(PATIENCE_S)
    assert isinstance(error, DownloadCancelledError)
    assert not server.release.is_set()
    assert part_of(destination).read_bytes() == CONTENT[:100_000]

    get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-"]


def test_cancelling_between_chunks_stops_before_the_end(server, destination):
    cancelled = threading.Event()

    def cancel_after_the_first(received_bytes: int, _: int | None) -> None:
        if received_bytes:
            cancelled.set()

    with pytest.raises(DownloadCancelledError):
        get(server, destination, progress=cancel_after_the_first, cancelled=cancelled)
    assert 0 < part_of(destination).stat().st_size < SIZE


def test_cancelling_ends_the_pause_before_the_next_attempt(server, destination):
    server.default_reply = Reply(cut_at=100_000)
    cancelled = threading.Event()
    watcher = Watcher(threshold=100_000)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(
            get,
            server,
            destination,
            progress=watcher,
            cancelled=cancelled,
            retry_delays_s=(3600,),
        )
        assert watcher.reached.wait(PATIENCE_S)
        cancelled.set()
        assert isinstance(running.exception(PATIENCE_S), DownloadCancelledError)


def test_two_threads_that_want_one_file_fetch_it_once(server, destination):
    server.replies = [Reply(hold_at=100_000)]
    second_waits = Watcher(threshold=0)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(get, server, destination)
        assert server.held.wait(PATIENCE_S)
        second = pool.submit(get, server, destination, progress=second_waits)
        assert second_waits.reached.wait(PATIENCE_S)
        server.release.set()
        for running in (first, second):
            running.result(PATIENCE_S)
    assert destination.read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert second_waits.calls[-1] == (SIZE, SIZE)


def test_waiting_for_another_thread_can_be_cancelled(server, destination):
    server.replies = [Reply(hold_at=100_000)]
    cancelled = threading.Event()
    watcher = Watcher(threshold=0)
    with ThreadPoolExecutor() as pool:
        first: Future[Watcher] = pool.submit(get, server, destination)
        assert server.held.wait(PATIENCE_S)
        second = pool.submit(get, server, destination, progress=watcher, cancelled=cancelled)
        assert watcher.reached.wait(PATIENCE_S)
        cancelled.set()
        assert isinstance(second.exception(PATIENCE_S), DownloadCancelledError)
        server.release.set()
        first.result(PATIENCE_S)
    assert destination.read_bytes() == CONTENT


def start_in_another_process(
    server: WeightServer, destination: Path, preparation: str = ""
) -> "subprocess.Popen[str]":
    program = f"""
import sys, threading
from pathlib import Path
from models.weights.download import download
from models.errors import DownloadFailedError
{preparation}
try:
    download(
        {f"{server.url}/{NAME}"!r},
        Path({str(destination)!r}),
        sha256_prefix={sha256(CONTENT)!r},
        progress=lambda received_bytes, total_bytes: print(received_bytes, flush=True),
        cancelled=threading.Event(),
    )
except DownloadFailedError as error:
    print(error)
    sys.exit(3)
"""
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(models.__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_process_leaves_a_part_and_the_waiting_one_resumes_it(server, destination):
    server.replies = [Reply(hold_at=100_000)]
    watcher = Watcher(threshold=100_000)
    with ThreadPoolExecutor() as pool, start_in_another_process(server, destination) as other:
        for line in other.stdout:
            if int(line) == 100_000:
                break
        running = pool.submit(get, server, destination, progress=watcher)
        assert watcher.reached.wait(PATIENCE_S)
        assert files_beside(destination) == [f"{NAME}.part"]
        other.send_signal(signal.SIGKILL)
        running.result(PATIENCE_S)
    assert other.returncode == -signal.SIGKILL
    assert destination.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-"]


def test_disk_that_takes_no_more_bytes_is_reported(server, destination):
    # A limit on the size of files stands in for a full disk: the same failing write.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    with start_in_another_process(server, destination, preparation=limit) as other:
        output, _ = other.communicate(timeout=PATIENCE_S)
    assert other.returncode == 3
    assert f"writing {part_of(destination)} failed (File too large)" in output
    assert files_beside(destination) == [f"{NAME}.part"]
    assert CONTENT.startswith(part_of(destination).read_bytes())
