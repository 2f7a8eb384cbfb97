"""Files that are written whole or not at all, whatever ends the program or fills the disk."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def write_atomically(contents: Mapping[Path, bytes]) -> None:
    """Write files so that each name holds its old bytes or its new ones, never a part.

    All are on the disk before the first takes its name, which they do in the order given.

    Raises:
        OSError: one cannot be written, for instance on a full disk; it names that one, and none is
            left half written.
    """
    partial = {path: path.with_name(f".{path.name}.{os.getpid()}.partial") for path in contents}
    try:
        for path, data in contents.items():
            with _naming(path), partial[path].open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path in contents:
            with _naming(path):
                partial[path].replace(path)
    finally:
        for leftover in partial.values():
            leftover.unlink(missing_ok=True)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors name the file that was to be written; a full disk names none by itself."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
