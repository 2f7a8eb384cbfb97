"""Reading from a file of unknown intent: never more than asked for, never beyond its end."""

import os
from typing import NoReturn

from models.errors import CheckpointRefusedError


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
