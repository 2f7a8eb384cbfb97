"""One published file, fetched whole or not at all.

Bytes collect in `NAME.part` beside the destination and get the final name only when their hash is
right, so a file under its final name is complete, whatever was killed or unplugged before.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import IO

import httpx2

from models.errors import DownloadCancelledError, DownloadFailedError

Progress = Callable[[int, int | None], None]
"""Called with the bytes on disk so far and the size of the file, None until it is known."""

RETRY_DELAYS_S = (0.5, 1.0, 2.0)
TIMEOUT = httpx2.Timeout(20.0)

_LOOK_INTERVAL_S = 0.1
_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class _AttemptFailedError(Exception):
    """This attempt failed in a way that the next one may not."""


@dataclass
class _Transfer:
    """What the attempts at one file share."""

    url: str
    part: Path
    file_name: str
    progress: Progress
    cancelled: Event
    timeout: httpx2.Timeout
    total_bytes: int | None = None
    entity_tag: str | None = None

    @property
    def received_bytes(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def start_over(self) -> None:
        """Forget what has arrived: it is not the beginning of what the server has now."""
        self.part.unlink(missing_ok=True)
        self.total_bytes = None
        self.entity_tag = None

    def failure(self, reason: str) -> DownloadFailedError:
        return DownloadFailedError(self.file_name, self.url, reason)


def download(
    url: str,
    destination: Path,
    *,
    sha256_prefix: str,
    progress: Progress,
    cancelled: Event,
    timeout: httpx2.Timeout = TIMEOUT,
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
) -> None:
    """Put the file at `url` under `destination`, going on where an earlier call was cut off.

    Blocks, for minutes with a large file: call it on a thread of its own, one that runs no event
    loop. Of several threads and processes that want the same file one fetches it and the others
    wait for it. A destination that exists is left as it is.

    `sha256_prefix` is 8 to 64 hexadecimal digits that the file's SHA-256 begins with. Setting
    `cancelled` stops within a moment and keeps `NAME.part` for the next call. `retry_delays_s` has
    one pause for each further attempt after a cut connection.

    Raises:
        DownloadFailedError: the file could not be fetched, written or is not the right one.
        DownloadCancelledError: `cancelled` was set.
        ValueError: `sha256_prefix` is no such prefix.
    """
    if not re.fullmatch(r"[0-9a-f]{8,64}", sha256_prefix):
        raise ValueError(
            f"sha256_prefix is {sha256_prefix!r}; it must be 8 to 64 digits of 0-9 and a-f."
        )
    transfer = _Transfer(
        url=url,
        part=destination.with_name(f"{destination.name}.part"),
        file_name=destination.name,
        progress=progress,
        cancelled=cancelled,
        timeout=timeout,
    )
    _check_url(transfer)
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with _turn(destination, transfer):
            if not destination.exists():
                _complete_part(transfer, sha256_prefix, retry_delays_s)
                _publish(transfer.part, destination)
            size_bytes = destination.stat().st_size
    except OSError as error:
        where = error.filename or str(transfer.part)
        reason = error.strerror or str(error)
        raise transfer.failure(f"writing {where} failed ({reason}).") from error
    progress(size_bytes, size_bytes)


def _check_url(transfer: _Transfer) -> None:
    try:
        url = httpx2.URL(transfer.url)
    except httpx2.InvalidURL as error:
        raise transfer.failure(f"the address is malformed ({error}).") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise transfer.failure("the address must begin with http:// or https:// and name a host.")


@contextmanager
def _turn(destination: Path, transfer: _Transfer) -> Iterator[None]:
    """Hold the file's lock, showing how the holder advances while waiting for it.

    The lock file stays: to remove it would let a newcomer lock a new file of that name while
    somebody still holds the old one.
    """
    with destination.with_name(f".{destination.name}.lock").open("w") as lock:
        while not _locked(lock):
            if transfer.cancelled.wait(_LOOK_INTERVAL_S):
                raise DownloadCancelledError(transfer.file_name)
            transfer.progress(transfer.received_bytes, None)
        # Closing the file gives the lock back, and so does the death of the process.
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES, errno.EINTR}:
            return False
        raise
    return True


def _complete_part(
    transfer: _Transfer, sha256_prefix: str, retry_delays_s: Sequence[float]
) -> None:
    """Fill `NAME.part` until its hash is right."""
    resumed = transfer.received_bytes > 0
    # Everything had arrived, and the process died before it could say so.
    if resumed and _sha256(transfer.part).startswith(sha256_prefix):
        return
    while True:
        _fetch(transfer, retry_delays_s)
        digest = _sha256(transfer.part)
        if digest.startswith(sha256_prefix):
            return
        transfer.start_over()
        if not resumed:
            raise transfer.failure(
                f"what the server sent has the SHA-256 {digest}, which does not begin with "
                f"{sha256_prefix}: it is not the published file, or was damaged on the way. "
                "It was thrown away."
            )
        # The beginning came from an earlier run and may be of another file: once more, all of it.
        resumed = False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(part: Path, destination: Path) -> None:
    """Give the part its final name, in an order that survives a power cut."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(destination)
    directory = os.open(destination.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _fetch(transfer: _Transfer, retry_delays_s: Sequence[float]) -> None:
    """Try until everything the server announced has arrived, with pauses between attempts."""
    delays_s = iter(retry_delays_s)
    while True:
        try:
            asyncio.run(_until_cancelled(transfer))
        except _AttemptFailedError as error:
            delay_s = next(delays_s, None)
            if delay_s is None:
                raise transfer.failure(str(error)) from error
            if transfer.cancelled.wait(delay_s):
                raise DownloadCancelledError(transfer.file_name) from error
        else:
            return


async def _until_cancelled(transfer: _Transfer) -> None:
    """Run one attempt, which stops at once even while it waits for a silent server."""
    # This is why the requests are asynchronous: nothing interrupts a blocked read of a socket.
    attempt = asyncio.create_task(_attempt(transfer))
    while not attempt.done():
        await asyncio.wait({attempt}, timeout=_LOOK_INTERVAL_S)
        if transfer.cancelled.is_set():
            attempt.cancel()
    try:
        attempt.result()
    except asyncio.CancelledError:
        raise DownloadCancelledError(transfer.file_name) from None


async def _attempt(transfer: _Transfer) -> None:
    """One request: append what it brings to the part."""
    try:
        async with (
            httpx2.AsyncClient(timeout=transfer.timeout, follow_redirects=True) as client,
            client.stream("GET", transfer.url, headers=_request_headers(transfer)) as response,
        ):
            _accept(transfer, response)
            await _append(transfer, response)
    except httpx2.ConnectTimeout as error:
        raise transfer.failure("the server cannot be reached (no answer).") from error
    except httpx2.ConnectError as error:
        raise transfer.failure(f"the server cannot be reached ({error}).") from error
    except httpx2.TimeoutException as error:
        raise _AttemptFailedError("the server fell silent.") from error
    except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
        raise _AttemptFailedError(
            f"the connection was cut after {transfer.received_bytes} of "
            f"{transfer.total_bytes or 'an unknown number of'} bytes."
        ) from error
    except httpx2.RequestError as error:
        raise transfer.failure(f"the request failed ({error}).") from error


def _request_headers(transfer: _Transfer) -> dict[str, str]:
    # The file's own bytes are what is counted, resumed and hashed, so none may be compressed.
    headers = {"Accept-Encoding": "identity"}
    if transfer.received_bytes:
        headers["Range"] = f"bytes={transfer.received_bytes}-"
        if transfer.entity_tag:
            headers["If-Range"] = transfer.entity_tag
    return headers


def _accept(transfer: _Transfer, response: httpx2.Response) -> None:
    """Leave in the part exactly those bytes that the body of `response` continues."""
    status = response.status_code
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and transfer.received_bytes:
        transfer.start_over()
        raise _AttemptFailedError("the server refuses to go on where the last download stopped.")
    if status in _TRANSIENT_STATUSES:
        raise _AttemptFailedError(f"the server answers {status} {response.reason_phrase}.")
    if status == HTTPStatus.OK:
        transfer.start_over()
        length = response.headers.get("Content-Length", "")
        transfer.total_bytes = int(length) if length.isdecimal() else None
    elif status == HTTPStatus.PARTIAL_CONTENT:
        _accept_range(transfer, response.headers.get("Content-Range", ""))
    else:
        raise transfer.failure(f"the server answers {status} {response.reason_phrase}.")
    tag = response.headers.get("ETag", "")
    # Weak tags (W/...) may not be used to join ranges (RFC 9110, 13.1.5).
    transfer.entity_tag = tag if tag.startswith('"') else None


def _accept_range(transfer: _Transfer, content_range: str) -> None:
    match = _CONTENT_RANGE.fullmatch(content_range)
    if match:
        first, last, total_bytes = map(int, match.groups())
        if (
            first == transfer.received_bytes
            and last == total_bytes - 1
            and transfer.total_bytes in {None, total_bytes}
        ):
            transfer.total_bytes = total_bytes
            return
    transfer.start_over()
    raise _AttemptFailedError(f"the server sent another part than asked for ({content_range!r}).")


async def _append(transfer: _Transfer, response: httpx2.Response) -> None:
    received_bytes = transfer.received_bytes
    with transfer.part.open("ab") as part:
        transfer.progress(received_bytes, transfer.total_bytes)
        async for chunk in response.aiter_raw():
            part.write(chunk)
            # What is told is on the disk: others read it there, and a killed process keeps it.
            part.flush()
            received_bytes += len(chunk)
            transfer.progress(received_bytes, transfer.total_bytes)
            if transfer.cancelled.is_set():
                raise DownloadCancelledError(transfer.file_name)
    if transfer.total_bytes not in {None, received_bytes}:
        raise _AttemptFailedError(
            f"the server sent {received_bytes} of {transfer.total_bytes} bytes."
        )
