"""The tensors of a checkpoint in the pages of its file."""

import mmap
from pathlib import Path

import torch

from models.checkpoints.contents import ITEM_BYTES, StoredTensor, Survey, checked_tensors
from models.errors import CheckpointRefusedError


def mapped_tensors(path: Path, survey: Survey) -> dict[str, torch.Tensor]:
    """The tensors that a survey found, under its names.

    They lie in the file's pages, copied where they are written to. The file may be replaced or
    removed meanwhile, but never changed in place: who reads what was cut off is ended by the
    system. Those that do not begin at a multiple of their element's size are copies. Names of one
    place in the file share their numbers.

    Raises:
        CheckpointRefusedError: the survey does not fit the file.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file_bytes = file.seek(0, 2)
        checked_tensors(survey.tensors, file_bytes)
        if not file_bytes:
            raise CheckpointRefusedError("The file is empty.")
        memory = mmap.mmap(file.fileno(), file_bytes, access=mmap.ACCESS_COPY)
    flat: dict[tuple[str, int, int], torch.Tensor] = {}
    return {name: _mapped(memory, tensor, flat) for name, tensor in survey.tensors.items()}


def _mapped(
    memory: mmap.mmap, tensor: StoredTensor, flat: dict[tuple[str, int, int], torch.Tensor]
) -> torch.Tensor:
    """One tensor; `flat` has the numbers of those that were made before, by type and place."""
    dtype: torch.dtype = getattr(torch, tensor.dtype)
    if not tensor.count:
        return torch.empty_strided(tensor.shape, tensor.stride, dtype=dtype)
    place = (tensor.dtype, tensor.offset, tensor.span_bytes)
    if place not in flat:
        flat[place] = _numbers(memory, dtype, tensor)
    return flat[place].as_strided(tensor.shape, tensor.stride)


def _numbers(memory: mmap.mmap, dtype: torch.dtype, tensor: StoredTensor) -> torch.Tensor:
    item_bytes = ITEM_BYTES[tensor.dtype]
    if tensor.offset % item_bytes == 0:
        count = tensor.span_bytes // item_bytes
        return torch.frombuffer(memory, dtype=dtype, count=count, offset=tensor.offset)
    raw = torch.frombuffer(memory, dtype=torch.uint8, count=tensor.span_bytes, offset=tensor.offset)
    return raw.clone().view(dtype)
