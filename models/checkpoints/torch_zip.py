"""Checkpoints as torch.save writes them since 1.6: a zip archive with a pickle and storages."""

from typing import Any, Final

from models.checkpoints.bounded_file import BoundedFile
from models.checkpoints.contents import ITEM_BYTES, Survey, shown
from models.checkpoints.pickles.machine import Machine
from models.checkpoints.pickles.reading import PickleBytes, read_pickle
from models.checkpoints.state_dict import survey_of
from models.checkpoints.storages import Storage, StorageId
from models.checkpoints.zip_directory import Entry, read_directory
from models.errors import CheckpointRefusedError

MOST_PICKLE_BYTES: Final = 64 * 2**20
_PICKLE: Final = "data.pkl"
_EXPORT: Final = (
    "Where its code is, load the network and export it (`convscope export`), or save its state "
    "dict: torch.save(model.state_dict(), 'weights.pth')."
)


def survey_zip(file: BoundedFile) -> Survey:
    """Look into a checkpoint that is a zip archive.

    Raises:
        CheckpointRefusedError: it is an archive of something else, damaged, or holds code.
    """
    entries = read_directory(file)
    prefix = _prefix(entries)
    compressed = next((name for name, entry in entries.items() if not entry.is_stored), None)
    if compressed is not None:
        raise CheckpointRefusedError(
            f"The archive is packed ({shown(compressed)} is compressed or encrypted), and torch "
            "writes none such. Save the checkpoint anew with torch.save."
        )
    order = entries.get(f"{prefix}byteorder")
    if order is not None and _content(file, order, 16) != b"little":
        raise CheckpointRefusedError(
            "The file was written by a big-endian machine, whose numbers are not read here. Load "
            "and save it on a usual one."
        )
    pickle = entries[prefix + _PICKLE]
    if pickle.size > MOST_PICKLE_BYTES:
        raise CheckpointRefusedError(
            f"What the file says of its tensors takes {pickle.size:,} bytes; "
            f"{MOST_PICKLE_BYTES:,} are read."
        )
    stream = PickleBytes(file.read_at(pickle.offset, pickle.size, "its pickle"))
    top: Any = read_pickle(Machine(), stream)
    return survey_of(top, "torch", _Entries(entries, prefix), file.size)


class _Entries:
    """Storages that are entries `data/KEY` of the archive."""

    def __init__(self, entries: dict[str, Entry], prefix: str) -> None:
        self._entries = entries
        self._prefix = prefix

    def find(self, identity: StorageId) -> Storage:
        """Its place; a key is no path, whatever it says."""
        entry = self._entries.get(f"{self._prefix}data/{identity.key}")
        if entry is None:
            raise CheckpointRefusedError(
                f"The file lacks the numbers data/{shown(identity.key)} of a tensor; it is damaged."
            )
        size = identity.count * ITEM_BYTES[identity.dtype]
        if size > entry.size:
            raise CheckpointRefusedError(
                f"The file has fewer numbers in data/{shown(identity.key)} than it says; it is "
                "damaged."
            )
        return Storage(identity.dtype, entry.offset, size)


def _content(file: BoundedFile, entry: Entry, most: int) -> bytes:
    return file.read_at(entry.offset, min(entry.size, most), "an entry of the zip archive")


def _prefix(entries: dict[str, Entry]) -> str:
    """The folder in which the checkpoint lies, with its slash; refuses all other archives."""
    names = list(entries)
    parts = {part for name in names for part in name.split("/")}
    if parts & {"constants.pkl", "code"}:
        raise CheckpointRefusedError(
            f"The file is a TorchScript archive, which is code as well as weights. {_EXPORT}"
        )
    last = {name.rsplit("/", 1)[-1] for name in names}
    if (
        last & _EXPORTED
        or "archive_format" in parts
        or any("aotinductor" in part for part in parts)
    ):
        raise CheckpointRefusedError(
            "The file was written by torch.export.save, and reading such a file can run code; "
            f"refused, nothing was run. {_EXPORT}"
        )
    prefixes = [name.removesuffix(_PICKLE) for name in names if _is_pickle(name)]
    if len(prefixes) == 1:
        return prefixes[0]
    if prefixes:
        raise CheckpointRefusedError("The zip archive holds several checkpoints; unpack one.")
    raise CheckpointRefusedError(_other_archive(names, parts))


_EXPORTED: Final = frozenset(
    ("serialized_exported_program.json", "serialized_state_dict.json", "serialized_state_dict.pt")
)


def _is_pickle(name: str) -> bool:
    return name.count("/") <= 1 and name.rsplit("/", 1)[-1] == _PICKLE


def _other_archive(names: list[str], parts: set[str]) -> str:
    if names and all(name.endswith(".npy") for name in names):
        return (
            "The file is a numpy archive (.npz). Load it into the network and save that: "
            "torch.save(model.state_dict(), 'weights.pth')."
        )
    if "model.weights.h5" in parts:
        return (
            "The file is a Keras model. Networks of PyTorch are read: bring its weights into one, "
            "and save its state dict."
        )
    if "MAR-INF" in parts:
        return "The file is a TorchServe archive (.mar); unpack it and take the weights in it."
    return "The file is a zip archive and no checkpoint (data.pkl is missing in it)."
