"""Memory that two processes see, in which the rows of one picture go from one to the other.

Through a pipe 12 megapixels take 30 ms, as long as a network needs for its answer: every part is
copied into the system and out again, and wakes the other side. Here they are written once and read
once, and the memory stays for the next picture: fresh pages cost more than the copies.
"""

import fcntl
import mmap
import os
import sys
import tempfile
from collections.abc import Iterator

from PIL import Image

# So much stays between two pictures, 16 megapixels; the rest goes back to the system.
KEPT_BYTES = 48 * 2**20

# So much of a picture is copied at once: a whole copy of it would need as much memory again.
_STRIP_BYTES = 2**20


def create_memory() -> int:
    """A file without a name, which `SharedRows` of two processes may share."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("rows", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        # Who reads memory whose file has been cut short is ended by the system.
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        return descriptor
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class SharedRows:
    """One side's view of the memory behind a descriptor, which is closed with it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory: mmap.mmap | None = None

    def write(self, image: Image.Image) -> None:
        """Put a picture of mode RGB there, in place of the one before."""
        length = _length(*image.size)
        if os.fstat(self.descriptor).st_size < length:
            os.ftruncate(self.descriptor, length)
        memory, end = self._mapped(length), 0
        for top, bottom in _strips(*image.size):
            rows = image.crop((0, top, image.width, bottom)).tobytes()
            memory[end : end + len(rows)] = rows
            end += len(rows)

    def take(self, width: int, height: int) -> Image.Image:
        """A copy of the picture that the other side has written.

        Raises:
            ValueError: it has written none of this size.
        """
        length = _length(width, height)
        memory = self._mapped(length)
        try:
            with memoryview(memory) as view, view[:length] as rows:
                return Image.frombytes("RGB", (width, height), rows)
        finally:
            if sys.platform == "linux" and length > KEPT_BYTES:
                memory.madvise(mmap.MADV_REMOVE, KEPT_BYTES, len(memory) - KEPT_BYTES)

    def _mapped(self, length: int) -> mmap.mmap:
        if self._memory is None or len(self._memory) < length:
            self._unmap()
            self._memory = mmap.mmap(self.descriptor, length)
        return self._memory

    def _unmap(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def close(self) -> None:
        """Let go of the memory; it is free when both sides have."""
        self._unmap()
        os.close(self.descriptor)


def _length(width: int, height: int) -> int:
    return 3 * width * height


def _strips(width: int, height: int) -> Iterator[tuple[int, int]]:
    rows = max(1, _STRIP_BYTES // (3 * width))
    for top in range(0, height, rows):
        yield top, min(top + rows, height)
