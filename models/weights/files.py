"""Weight files read without trusting them: their hash, and the tensors they hold."""

import hashlib
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import nn

from models.weights.construction import TensorsMismatchError, build_filled

_ZIP_SIGNATURE = b"PK\x03\x04"

_Fingerprint = tuple[str, int, int, int]
# Of the files read so far in this process: half a gigabyte takes a second each time.
_digests: dict[_Fingerprint, str] = {}
# What is wrong with the tensors of a file that has no published hash; None if nothing is.
_misfits: dict[_Fingerprint, str | None] = {}


def _fingerprint(path: Path) -> _Fingerprint:
    """Changes when the file is written or replaced."""
    stat = path.stat()
    return (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal; read once while the file stays the same."""
    fingerprint = _fingerprint(path)
    if fingerprint not in _digests:
        with path.open("rb") as file:
            _digests[fingerprint] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[fingerprint]


def known_sha256(path: Path) -> str | None:
    """What `sha256` found for this file, without reading it now."""
    return _digests.get(_fingerprint(path))


def check_tensors(path: Path, build: Callable[[], nn.Module]) -> None:
    """Look once, while the file stays the same, whether its tensors belong into a network.

    Of a safetensors file the header alone is read.

    Raises:
        OSError: it cannot be read.
    """
    fingerprint = _fingerprint(path)
    if fingerprint in _misfits:
        return
    try:
        build_filled(build, read_tensors(path, mapped=True))
    except TensorsMismatchError as error:
        _misfits[fingerprint] = str(error)
    else:
        _misfits[fingerprint] = None


def known_misfit(path: Path) -> str | None:
    """What `check_tensors` found wrong with this file: it ends a sentence that names the file."""
    return _misfits.get(_fingerprint(path))


def read_tensors(path: Path, *, mapped: bool) -> MutableMapping[str, torch.Tensor]:
    """The named tensors of a safetensors file or of a state dict that torch saved.

    With `mapped` they stay in the file's pages where its format allows: the file may then be
    replaced or removed, but never changed in place.

    Raises:
        TensorsMismatchError: the file holds something else, or is cut off.
        OSError: it cannot be read.
    """
    if path.suffix == ".safetensors":
        return _read_safetensors(path, mapped=mapped)
    with path.open("rb") as file:
        # Files from before torch 1.6 are no zip archives, and cannot be mapped.
        mapped = mapped and file.read(len(_ZIP_SIGNATURE)) == _ZIP_SIGNATURE
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        # A damaged pickle can raise anything, and torch's own words advise to trust the file.
        raise TensorsMismatchError(
            "cannot be read as weights: it is damaged, or holds more than tensors "
            f"({type(error).__name__})."
        ) from error
    if not isinstance(content, MutableMapping) or not content:
        raise TensorsMismatchError(
            f"holds a {type(content).__name__}, not a dictionary of tensors."
        )
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise TensorsMismatchError(
                f"holds a {type(value).__name__} under {name!r} among its tensors."
            )
    return content


def _read_safetensors(path: Path, *, mapped: bool) -> MutableMapping[str, torch.Tensor]:
    try:
        return load_file(path) if mapped else load(path.read_bytes())
    except SafetensorError as error:
        raise TensorsMismatchError(f"is not a safetensors file ({error}).") from error
