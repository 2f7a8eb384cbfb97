"""Checkpoints as torch.save wrote them before 1.6: five pickles, then the storages."""

import struct
from typing import Any, Final

from models.checkpoints.bounded_file import BoundedFile
from models.checkpoints.contents import ITEM_BYTES, Survey, shown
from models.checkpoints.pickles.machine import Machine, PickleError
from models.checkpoints.pickles.reading import PickleBytes, read_pickle
from models.checkpoints.pickles.values import Persistent
from models.checkpoints.state_dict import survey_of
from models.checkpoints.storages import Storage, StorageId, storage_id
from models.checkpoints.torch_zip import MOST_PICKLE_BYTES
from models.errors import CheckpointRefusedError

MAGIC: Final = 0x1950A86A20F9469CFC6C
_VERSION: Final = 1001
_SMALL: Final = 10_000
_COUNT: Final = struct.Struct("<q")


def survey_pickles(file: BoundedFile) -> Survey:
    """Look into a file that begins with a pickle.

    Raises:
        CheckpointRefusedError: it is no checkpoint of torch, damaged, or holds code.
    """
    stream = _beginning(file)
    first = read_pickle(Machine(), stream)
    if not isinstance(first, int) or first != MAGIC:
        raise CheckpointRefusedError(
            "The file is a pickle that torch.save did not write. Load it where it was made, and "
            "save its tensors: torch.save(model.state_dict(), 'weights.pth')."
        )
    version = read_pickle(Machine(), stream, _SMALL)
    if version != _VERSION:
        raise CheckpointRefusedError("The file was written by a version of torch that is unknown.")
    machine = read_pickle(Machine(), stream, _SMALL)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise CheckpointRefusedError(
            "The file was written by a big-endian machine, whose numbers are not read here. Load "
            "and save it on a usual one."
        )
    reading = Machine()
    top: Any = read_pickle(reading, stream)
    keys = read_pickle(Machine(), stream)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise CheckpointRefusedError("The list of storages in the file is damaged.")
    storages = _Following(file, stream.tell(), keys, reading.persistent)
    return survey_of(top, "torch_legacy", storages, file.size)


def is_pickle(file: BoundedFile) -> bool:
    """True if the file begins with a pickle that ends, or that names something before it fails.

    Those of the first protocols have no mark: a text may begin like one.
    """
    machine = Machine()
    try:
        machine.read(_beginning(file))
    except PickleError:
        return bool(machine.names or machine.extensions)
    return True


def _beginning(file: BoundedFile) -> PickleBytes:
    """As much of it as pickles may take; places in it are places in the file."""
    return PickleBytes(file.read_at(0, min(file.size, MOST_PICKLE_BYTES), "its pickles"))


class _Following:
    """Storages one after another behind the pickles, each after the count of its elements."""

    def __init__(
        self, file: BoundedFile, at: int, keys: list[str], mentioned: list[Persistent]
    ) -> None:
        dtypes: dict[str, str] = {}
        for value in mentioned:
            identity = storage_id(value)
            if dtypes.setdefault(identity.key, identity.dtype) != identity.dtype:
                raise CheckpointRefusedError("A storage of the file has two number types at once.")
        self._found: dict[str, Storage] = {}
        for key in keys:
            if key not in dtypes or key in self._found:
                raise CheckpointRefusedError("The list of storages in the file is damaged.")
            part = f"the numbers of storage {shown(key)}"
            (count,) = _COUNT.unpack(file.read_at(at, _COUNT.size, part))
            size = count * ITEM_BYTES[dtypes[key]]
            at += _COUNT.size
            file.check(at, size, part)
            self._found[key] = Storage(dtypes[key], at, size)
            at += size

    def find(self, identity: StorageId) -> Storage:
        """Its place; `count` is of the whole storage."""
        found = self._found.get(identity.key)
        if found is None:
            raise CheckpointRefusedError(
                f"The file lacks the storage {shown(identity.key)} of a tensor; it is damaged."
            )
        return found
