"""Reading from a file of unknown intent: never more than asked for, never beyond its end."""

import os
from typing import NoReturn

from models.errors import CheckpointRefusedError

# A line of a pickle is a number in digits or a name.
_LONGEST_LINE = 2**20


def cut_short(part: str) -> NoReturn:
    """Refuse a file that ends before this part of it does."""
    raise CheckpointRefusedError(
        f"The file ends within {part}: it is cut short or damaged; copy or download it again."
    )


class BoundedFile:
    """An open file of a known size; reading moves no position that others share."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read_at(self, offset: int, count: int, part: str) -> bytes:
        """So many bytes from there.

        Raises:
            CheckpointRefusedError: the file ends before; the message names the part.
        """
        self.check(offset, count, part)
        pieces: list[bytes] = []
        while count:
            piece = os.pread(self._descriptor, min(count, 2**24), offset)
            if not piece:
                cut_short(part)
            pieces.append(piece)
            offset, count = offset + len(piece), count - len(piece)
        return b"".join(pieces)

    def check(self, offset: int, count: int, part: str) -> None:
        """Refuse the file if it has not so many bytes from there.

        Raises:
            CheckpointRefusedError: the message names the part.
        """
        if not 0 <= offset <= offset + count <= self.size:
            cut_short(part)


class PickleStream:
    """A part of a file as `pickletools` reads one: with `read`, `readline` and `tell`.

    It ends at `end`, whatever a pickle says of its lengths.
    """

    _CHUNK = 2**16

    def __init__(self, file: BoundedFile, offset: int, end: int) -> None:
        self._file = file
        self._end = min(end, file.size)
        self._next = offset
        self._buffer = b""
        self._at = 0

    def tell(self) -> int:
        """Place in the file."""
        return self._next - len(self._buffer) + self._at

    def _fill(self, count: int) -> None:
        """Have so many bytes at hand, or all that there are."""
        missing = self._at + count - len(self._buffer)
        if missing <= 0:
            return
        wanted = min(max(missing, self._CHUNK), self._end - self._next)
        if wanted > 0:
            fresh = self._file.read_at(self._next, wanted, "a pickle")
            self._buffer = self._buffer[self._at :] + fresh
            self._next, self._at = self._next + wanted, 0

    def read(self, count: int) -> bytes:
        """So many bytes, or those that are left."""
        self._fill(count)
        start, self._at = self._at, min(self._at + count, len(self._buffer))
        return self._buffer[start : self._at]

    def readline(self) -> bytes:
        """Up to the end of the line, or what is left of a line that has none."""
        length = 256
        while True:
            self._fill(length)
            end = self._buffer.find(b"\n", self._at, self._at + length) + 1
            if end:
                return self.read(end - self._at)
            if len(self._buffer) - self._at < length or length >= _LONGEST_LINE:
                return self.read(length)
            length *= 4
