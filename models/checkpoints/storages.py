"""Where the numbers of a checkpoint of torch lie."""

from dataclasses import dataclass
from typing import Any, Protocol

from models.checkpoints.pickles.names import STORAGE_DTYPES
from models.checkpoints.pickles.values import Name, Persistent
from models.errors import CheckpointRefusedError


@dataclass(frozen=True, slots=True)
class Storage:
    """Numbers one after another in a file.

    Attributes:
        dtype: of what it was saved as.
        offset: of its first byte from the start of the file.
        size: bytes.
    """

    dtype: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class StorageId:
    """What a pickle of torch says of a storage.

    Attributes:
        dtype: as torch calls it.
        key: under which the file has it.
        count: elements.
        location: the device it was on.
        view: the place of its first element in that storage, where it is a part of it.
    """

    dtype: str
    key: str
    count: int
    location: str
    view: int = 0


class Storages(Protocol):
    """Finds a storage by what stands for it in a pickle."""

    def find(self, identity: StorageId) -> Storage:
        """Its place in the file.

        Raises:
            CheckpointRefusedError: the file has none, or a shorter one.
        """


def storage_id(value: Any) -> StorageId:
    """What `("storage", type, key, location, count)` says; files from before torch 1.6 have a view.

    Raises:
        CheckpointRefusedError: it is something else.
    """
    match value.identity if isinstance(value, Persistent) else value:
        case ("storage", Name() as kind, str() as key, str() as location, int() as count, *rest):
            pass
        case _:
            raise CheckpointRefusedError("A tensor of the file has no storage that is known here.")
    dtype = STORAGE_DTYPES.get(kind.name)
    if dtype is None:
        raise CheckpointRefusedError(
            f"A tensor of the file is quantised ({kind.name}), and only plain numbers are read. "
            "Save the network's state dict as it was before it was quantised."
        )
    match rest:
        case [] | [None]:
            view = 0
        case [(str(), int() as view, int())] if view >= 0:
            pass
        case _:
            raise CheckpointRefusedError("A tensor of the file has no storage that is known here.")
    if count < 0:
        raise CheckpointRefusedError("A tensor of the file has a storage of less than nothing.")
    return StorageId(dtype, key, count, location, view)
