"""What a checkpoint holds, as found by looking at it from outside."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.errors import CheckpointRefusedError

# The widest hybrid networks that are published have some 3,000.
MOST_TENSORS = 50_000
LONGEST_NAME = 512
MOST_NAME_CHARACTERS = 2**22
_MOST_AXES = 16

# Bytes of an element, by what torch calls the type.
ITEM_BYTES: Mapping[str, int] = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "float8_e4m3fn": 1,
    "float8_e4m3fnuz": 1,
    "float8_e5m2": 1,
    "float8_e5m2fnuz": 1,
    "float8_e8m0fnu": 1,
    "uint16": 2,
    "int16": 2,
    "float16": 2,
    "bfloat16": 2,
    "uint32": 4,
    "int32": 4,
    "float32": 4,
    "uint64": 8,
    "int64": 8,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}

Format = Literal["safetensors", "torch", "torch_legacy"]


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor as it lies in the file.

    Attributes:
        dtype: as torch calls it: "float32", "bfloat16", "int64".
        shape: elements along each axis.
        stride: elements from one to the next along each axis.
        offset: of its first element, bytes from the start of the file.
    """

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @property
    def count(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def span_bytes(self) -> int:
        """From the first byte of its first element to behind the last of its last; 0 if empty."""
        if not self.count:
            return 0
        last = sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))
        return (last + 1) * ITEM_BYTES[self.dtype]


@dataclass(frozen=True)
class Survey:
    """The tensors of a checkpoint, and what else there is.

    Attributes:
        format: how the file is written.
        tensors: of the state dict that was found, under their names in the file.
        wrapper: path of keys that it lay under, "state_dict"; "" if at the top.
        left_aside: what else the file holds: "optimizer", "epoch".
        class_names: where the file names its classes under a usual key.
    """

    format: Format
    tensors: Mapping[str, StoredTensor]
    wrapper: str = ""
    left_aside: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()


def checked_tensors(
    tensors: Mapping[str, StoredTensor], file_bytes: int
) -> Mapping[str, StoredTensor]:
    """The same, if each lies within the file, and all of them are not far more than it.

    Raises:
        CheckpointRefusedError: they cannot be so.
    """
    if not tensors:
        raise CheckpointRefusedError("The file holds no tensors, so there are no weights in it.")
    if len(tensors) > MOST_TENSORS:
        raise CheckpointRefusedError(
            f"The file holds {len(tensors):,} tensors; networks of up to {MOST_TENSORS:,} are read."
        )
    if sum(map(len, tensors)) > MOST_NAME_CHARACTERS:
        raise CheckpointRefusedError("The names of the file's tensors are too long to be read.")
    unfolded = 0
    for name, tensor in tensors.items():
        _check_name(name)
        _check_place(name, tensor, file_bytes)
        unfolded += tensor.count * ITEM_BYTES[tensor.dtype]
    # One storage under several names is usual (tied weights), under thousands it fills memories.
    if unfolded > 4 * file_bytes + 2**20:
        raise CheckpointRefusedError(
            f"The tensors of the file would take {unfolded:,} bytes in memory, and the file has "
            f"{file_bytes:,}: they repeat the same values again and again."
        )
    return tensors


def _check_name(name: str) -> None:
    # Half of a pair of surrogates is not printable either.
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise CheckpointRefusedError(
            f"A tensor of the file is called {shown(name)}, which is no name that a layer can have."
        )


def _check_place(name: str, tensor: StoredTensor, file_bytes: int) -> None:
    known = tensor.dtype in ITEM_BYTES and len(tensor.shape) == len(tensor.stride) <= _MOST_AXES
    numbers = (*tensor.shape, *tensor.stride, tensor.offset)
    if not known or not all(0 <= number < 2**62 for number in numbers):
        raise CheckpointRefusedError(
            f"The tensor {shown(name)} of the file has a type or a shape that cannot be."
        )
    if tensor.offset + tensor.span_bytes > file_bytes:
        raise CheckpointRefusedError(
            f"The tensor {shown(name)} ends beyond the end of the file, which is cut short or "
            "damaged; copy or download it again."
        )


def shown(text: str, most: int = 80) -> str:
    """A text of a file, as it may stand in a message: short, and without control characters."""
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return text if text.isprintable() else ascii(text)[1:-1]
