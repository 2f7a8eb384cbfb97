"""`python -m models.pictures.child BYTES SECONDS MEMORY`: decodes pictures for another process.

Requests come in on standard input and answers go out on standard output, one after the other: four
bytes that count the JSON behind them, the JSON, and behind a request the bytes of a file. The rows
of a picture are put into the memory that both processes share, behind the descriptor MEMORY.
The process ends when its input ends, when the process that started it ends, and when a picture
takes longer than it may; it may take so many bytes of memory and no more.
"""

import ctypes
import dataclasses
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from typing import Any, BinaryIO

from models.errors import ConvscopeError
from models.pictures.content.picture import Picture, PictureLimits
from models.pictures.decoding import decode_picture
from models.pictures.shared_rows import SharedRows

_LENGTH = struct.Struct("<I")
_PR_SET_PDEATHSIG = 1

Decode = Callable[..., Picture]


def read_message(stream: FileIO) -> dict[str, Any]:
    """The next JSON object.

    Raises:
        EOFError: the other side has ended.
    """
    (length,) = _LENGTH.unpack(read_exactly(stream, _LENGTH.size))
    message: dict[str, Any] = json.loads(read_exactly(stream, length))
    return message


def read_exactly(stream: FileIO, count: int) -> bytearray:
    """So many bytes.

    Raises:
        EOFError: the other side has ended.
    """
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        received = stream.readinto(view)
        if not received:
            raise EOFError
        view = view[received:]
    return buffer


def write_message(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Send a JSON object."""
    text = json.dumps(message).encode()
    write_exactly(stream, _LENGTH.pack(len(text)) + text)


def write_exactly(stream: BinaryIO, data: bytes) -> None:
    """Send all of it, also where the stream takes it piece by piece."""
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def serve(decode: Decode = decode_picture) -> None:
    """Answer requests until there are no more."""
    memory_bytes, time_s = int(sys.argv[1]), float(sys.argv[2])
    shared = SharedRows(int(sys.argv[3]))
    # Whatever a decoder prints must not come between answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = FileIO(0, closefd=False)
    _restrain(memory_bytes)
    write_message(answers, {"ready": True})
    answers.flush()
    with suppress(EOFError, BrokenPipeError):
        while True:
            request = read_message(requests)
            data = bytes(read_exactly(requests, request["bytes"]))
            # Ends the process without asking it, however deep in a decoder it is.
            signal.setitimer(signal.ITIMER_REAL, time_s)
            limits = PictureLimits(**request["limits"])
            _answer(answers, shared, lambda: decode(data, limits, **request["options"]))  # noqa: B023  called at once
            signal.setitimer(signal.ITIMER_REAL, 0)
            del data


def _answer(stream: BinaryIO, shared: SharedRows, decode: Callable[[], Picture]) -> None:
    try:
        picture = decode()
    except ConvscopeError as error:
        kind = "MemoryError" if _is_want_of_memory(error) else type(error).__name__
        write_message(stream, {"error": kind, "message": str(error)})
    except MemoryError:
        write_message(stream, {"error": "MemoryError", "message": ""})
    else:
        shared.write(picture.image)
        write_message(stream, _described(picture))
    stream.flush()


def _is_want_of_memory(error: BaseException | None) -> bool:
    """Decoders in C say in words of their own that they got no memory."""
    while error is not None:
        if isinstance(error, MemoryError) or "memory" in str(error).lower():
            return True
        error = error.__cause__
    return False


def _described(picture: Picture) -> dict[str, Any]:
    facts = {
        field.name: getattr(picture, field.name)
        for field in dataclasses.fields(picture)
        if field.name != "image"
    }
    facts["notes"] = [dataclasses.asdict(note) for note in picture.notes]
    return {"width": picture.width, "height": picture.height, "facts": facts}


def _restrain(memory_bytes: int) -> None:
    with suppress(ValueError, OSError):  # not every system limits this
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    serve()
