"""Children that decode: within time and memory, replaced when they end, gone with the server."""

import asyncio
import io
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from test_images import white_png

from app.compute.decoders import Decoders, _Child
from app.errors import BusyError
from app.settings import Settings
from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures import PictureLimits
from models.pictures.shared_rows import KEPT_BYTES, SharedRows, create_memory

LIMITS = PictureLimits()
HOSTILE = (sys.executable, str(Path(__file__).with_name("hostile_decoder.py")))


def noise_png(height: int, width: int) -> tuple[np.ndarray, bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return pixels, file.getvalue()


SMALL_PIXELS, SMALL = noise_png(5, 7)


def with_decoders(
    scenario: Callable[[Decoders], Coroutine[None, None, None]],
    program: tuple[str, ...] = HOSTILE,
    **bounds: float,
) -> None:
    async def run() -> None:
        arguments = (program,) if program else ()
        decoders = Decoders(Settings(**bounds), *arguments)
        try:
            await scenario(decoders)
        finally:
            await decoders.close()

    asyncio.run(run())


async def decodes(decoders: Decoders) -> None:
    picture = await decoders.decode(SMALL, LIMITS)
    assert np.array_equal(np.asarray(picture.image), SMALL_PIXELS)


async def process_of_one_at_work(decoders: Decoders) -> subprocess.Popen[bytes]:
    while not any(child._process for child in decoders._busy):  # noqa: ASYNC110  it tells nobody
        await asyncio.sleep(0)
    (child,) = decoders._busy
    return child._process


def test_pictures_come_back_pixel_by_pixel() -> None:
    # Rows that are copied in one part, in several, and a row that is longer than a part; each in
    # the place of the one before.
    sizes = [(3, 5), (1500, 1100), (1, 60_000), (60_000, 1), (2, 700_001)]

    async def scenario(decoders: Decoders) -> None:
        pictures = []
        for size in sizes:
            pixels, data = noise_png(*size)
            picture = await decoders.decode(data, PictureLimits(max_side_px=10**6))
            assert (picture.format, picture.stored_mode, picture.frames) == ("PNG", "RGB", 1)
            assert (picture.orientation, picture.served_as_is, picture.notes) == (1, True, ())
            pictures.append((picture, pixels))
        for picture, pixels in pictures:
            assert np.array_equal(np.asarray(picture.image), pixels)

    with_decoders(scenario, (), decode_workers=1)


@pytest.mark.skipif(sys.platform != "linux", reason="only there memory can be given back in part")
def test_memory_of_a_large_picture_is_given_back() -> None:
    async def scenario(decoders: Decoders) -> None:
        picture = await decoders.decode(white_png(5_000, 5_000), LIMITS)
        assert picture.image.getextrema() == ((255, 255),) * 3
        (child,) = decoders._idle
        shared = os.fstat(child._shared.descriptor)
        assert shared.st_blocks * 512 <= KEPT_BYTES < shared.st_size
        await decodes(decoders)

    with_decoders(scenario, ())


def test_descriptors_are_closed_with_their_children() -> None:
    async def scenario(decoders: Decoders) -> None:
        for data in (b"crash", b"hang", b"crash"):
            with pytest.raises((BadImageError, ImageTooLargeError)):
                await decoders.decode(data, LIMITS)

    open_before = len(list(Path("/dev/fd").iterdir()))
    with_decoders(scenario, decode_time_s=1)
    assert len(list(Path("/dev/fd").iterdir())) == open_before


def test_picture_that_was_never_written_is_not_shown() -> None:
    shared = SharedRows(create_memory())
    with pytest.raises(ValueError, match="length is greater than file size"):
        shared.take(2, 2)
    shared.close()


def test_what_is_no_picture_is_refused_as_in_the_server_itself_and_the_child_stays() -> None:
    async def scenario(decoders: Decoders) -> None:
        await decodes(decoders)
        (child,) = decoders._idle
        with pytest.raises(BadImageError, match="PDF"):
            await decoders.decode(b"%PDF-1.7 " + bytes(range(256)), LIMITS)
        with pytest.raises(BadImageError, match="empty"):
            await decoders.decode(b"", LIMITS)
        with pytest.raises(ImageTooLargeError, match="at most 30 are accepted"):
            await decoders.decode(SMALL, PictureLimits(max_pixels=30))
        await decodes(decoders)
        assert decoders._idle == [child]

    with_decoders(scenario, ())


def test_decoders_that_hang_are_ended_in_time_and_replaced() -> None:
    async def scenario(decoders: Decoders) -> None:
        both = await asyncio.gather(
            *(decoders.decode(b"hang", LIMITS) for _ in range(2)), return_exceptions=True
        )
        for error in both:
            assert isinstance(error, ImageTooLargeError)
            assert "takes more than 2 s to decode" in str(error)
        await asyncio.gather(*(decodes(decoders) for _ in range(4)))
        assert len(decoders._idle) == 2

    with_decoders(scenario, decode_time_s=2, decode_workers=2)


def test_decoder_that_crashes_is_named_and_replaced() -> None:
    async def scenario(decoders: Decoders) -> None:
        with pytest.raises(BadImageError, match="SIGSEGV"):
            await decoders.decode(b"crash", LIMITS)
        await decodes(decoders)

    with_decoders(scenario)


def test_every_kind_of_refusal_keeps_its_kind() -> None:
    async def scenario(decoders: Decoders) -> None:
        with pytest.raises(UnsupportedImageError, match="of a kind that is not read"):
            await decoders.decode(b"unsupported", LIMITS)

    with_decoders(scenario)


def test_decoder_that_died_while_it_rested_is_replaced() -> None:
    async def scenario(decoders: Decoders) -> None:
        await decodes(decoders)
        process = decoders._idle[0]._process
        process.kill()
        process.wait()
        await decodes(decoders)

    with_decoders(scenario)


@pytest.mark.parametrize(
    ("program", "data"),
    [
        (HOSTILE, b"fill"),
        # 36 million pixels are 144 MB as Pillow keeps them, and as much again as RGB.
        ((), white_png(6_000, 6_000)),
    ],
)
def test_memory_has_a_limit(program: tuple[str, ...], data: bytes) -> None:
    async def scenario(decoders: Decoders) -> None:
        with pytest.raises(ImageTooLargeError, match="more than 134,217,728 bytes of memory"):
            await decoders.decode(data, LIMITS)
        await decodes(decoders)

    with_decoders(scenario, program, decode_memory_bytes=128 * 2**20)


def test_what_a_decoder_prints_does_not_come_between_answers() -> None:
    async def scenario(decoders: Decoders) -> None:
        with pytest.raises(BadImageError, match="The file is text"):
            await decoders.decode(b"print", LIMITS)
        await decodes(decoders)

    with_decoders(scenario)


def test_who_stops_waiting_ends_the_work_and_frees_the_place() -> None:
    async def scenario(decoders: Decoders) -> None:
        given_up = asyncio.ensure_future(decoders.decode(b"hang", LIMITS))
        process = await process_of_one_at_work(decoders)
        given_up.cancel()
        assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
        await decodes(decoders)

    with_decoders(scenario, decode_workers=1, decode_queue=0)


def killed_as_they_answer(monkeypatch: pytest.MonkeyPatch, decoders: Decoders) -> None:
    """Children answer when they are about to be killed, and are killed when they have answered."""
    about_to_kill = threading.Event()
    decode, kill = _Child.decode, _Child.kill

    def answer_late(*args: object) -> object:
        assert about_to_kill.wait(30)
        return decode(*args)

    def kill_late(child: _Child) -> None:
        about_to_kill.set()
        # The only thread has time for this when the picture is there.
        decoders._executor.submit(lambda: None).result()
        kill(child)

    monkeypatch.setattr(_Child, "decode", answer_late)
    monkeypatch.setattr(_Child, "kill", kill_late)


@pytest.mark.parametrize("end", ["the client leaves", "the server ends"])
def test_child_that_is_killed_as_it_answers_is_reaped(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    async def scenario(decoders: Decoders) -> None:
        await decodes(decoders)
        process = decoders._idle[0]._process
        with monkeypatch.context() as patch:
            killed_as_they_answer(patch, decoders)
            answered = asyncio.ensure_future(decodes(decoders))
            while not decoders._busy:  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0)
            if end == "the client leaves":
                answered.cancel()
            else:
                await decoders.close()
            await asyncio.wait({answered})
            async with asyncio.timeout(30):
                while process.returncode is None:  # noqa: ASYNC110  it tells nobody
                    await asyncio.sleep(0)
        assert process.stdin.closed
        assert process.stdout.closed

    with_decoders(scenario, decode_workers=1)


def test_who_waits_when_the_server_ends_starts_nothing() -> None:
    async def scenario(decoders: Decoders) -> None:
        working = asyncio.ensure_future(decoders.decode(b"hang", LIMITS))
        waiting = asyncio.ensure_future(decodes(decoders))
        await process_of_one_at_work(decoders)
        await decoders.close()
        for refused in (working, waiting):
            with pytest.raises(BusyError):
                await refused
        assert not decoders._idle

    with_decoders(scenario, decode_workers=1)


def test_full_queue_is_busy() -> None:
    async def scenario(decoders: Decoders) -> None:
        working = asyncio.ensure_future(decoders.decode(b"hang", LIMITS))
        waiting = asyncio.ensure_future(decodes(decoders))
        await process_of_one_at_work(decoders)
        with pytest.raises(BusyError):
            await decoders.decode(SMALL, LIMITS)
        working.cancel()
        await waiting

    with_decoders(scenario, decode_workers=1, decode_queue=1)


def test_program_that_does_not_run_is_our_fault_not_the_picture() -> None:
    async def scenario(decoders: Decoders) -> None:
        with pytest.raises(RuntimeError, match="exit code 3"):
            await decodes(decoders)

    with_decoders(scenario, (sys.executable, "-c", "raise SystemExit(3)"))


def test_want_of_files_or_processes_is_busy_and_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(decoders: Decoders) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", lambda *_, **__: open("/", "w"))  # noqa: PTH123, SIM115
            with pytest.raises(BusyError, match="Is a directory"):
                await decodes(decoders)
        await decodes(decoders)

    with_decoders(scenario)


def test_answer_that_does_not_fit_the_server_is_not_taken_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_room(*_: object) -> None:
        raise MemoryError

    async def scenario(decoders: Decoders) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Image, "new", no_room)
            with pytest.raises(ImageTooLargeError, match="of memory to decode"):
                await decoders.decode(SMALL, LIMITS)
        await decodes(decoders)

    with_decoders(scenario)


def test_closing_ends_children_at_work_and_at_rest() -> None:
    async def scenario(decoders: Decoders) -> None:
        await asyncio.gather(decodes(decoders), decodes(decoders))
        processes = [child._process for child in decoders._idle]
        working = asyncio.ensure_future(decoders.decode(b"hang", LIMITS))
        await process_of_one_at_work(decoders)
        await decoders.close()
        assert [process.returncode for process in processes] == [-signal.SIGKILL] * 2
        for refused in (working, decoders.decode(SMALL, LIMITS)):
            with pytest.raises(BusyError):
                await refused

    with_decoders(scenario, decode_workers=2)


SERVER = """
import asyncio, sys
from app.compute.decoders import Decoders
from app.settings import Settings
from models.pictures import PictureLimits

async def main():
    decoders = Decoders(Settings(), {program!r})
    await decoders.decode({small!r}, PictureLimits())
    resting = decoders._idle[0]._process.pid
    hanging = [asyncio.ensure_future(decoders.decode(b"hang", PictureLimits())) for _ in range(2)]
    while len(decoders._busy) < 2 or not all(child._process for child in decoders._busy):
        await asyncio.sleep(0)
    print(*(child._process.pid for child in decoders._busy), flush=True)
    await asyncio.gather(*hanging)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="waits for processes that are not its own")
def test_children_end_with_a_server_that_is_killed() -> None:
    script = SERVER.format(program=HOSTILE, small=SMALL)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as server:
        children = [os.pidfd_open(int(pid)) for pid in server.stdout.readline().split()]
        assert len(children) == 2
        server.kill()
        for child in children:
            ended, _, _ = select.select([child], [], [], 30)
            assert ended
            os.close(child)


def test_the_child_does_without_torch() -> None:
    code = "import sys, models.pictures.child; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout == b"False\n"


@pytest.fixture
def hostile_client(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    decoders = client.app.state.services.decoders
    monkeypatch.setattr(decoders, "_command", (*HOSTILE, *decoders._command[-2:]))
    monkeypatch.setattr(decoders, "_idle", [])
    yield client
    for child in decoders._idle:
        child.kill()
        child.reap()


@pytest.mark.parametrize("path", ["/api/v1/images", "/api/v1/predictions"])
def test_both_addresses_decode_in_a_child(
    hostile_client: TestClient, chelsea: bytes, path: str
) -> None:
    answer = hostile_client.post(path, files={"file": b"crash"})
    assert (answer.status_code, answer.json()["type"]) == (400, "bad-image")
    assert "SIGSEGV" in answer.json()["detail"]
    assert hostile_client.post(path, files={"file": chelsea}).status_code in {200, 201}
