"""What lies at a path: nothing, where we may not look or under a name that no disk can hold."""

from pathlib import Path


def is_file(path: Path) -> bool:
    """True for a file; False for what cannot be looked at, which is no file for us."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_directory(path: Path) -> bool:
    """True for a directory; False for what cannot be looked at, which is none for us."""
    try:
        return path.is_dir()
    except OSError:
        return False
