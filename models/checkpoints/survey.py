"""Looking into a checkpoint file from outside: which tensors it has, and where.

Nothing of it is unpickled, imported or run; what would be is refused in words.
"""

from pathlib import Path

from models.checkpoints.bounded_file import BoundedFile
from models.checkpoints.contents import Format, StoredTensor, Survey
from models.checkpoints.formats import reader_of
from models.errors import CheckpointRefusedError

__all__ = ["Format", "StoredTensor", "Survey", "survey", "survey_descriptor"]


def survey(path: Path) -> Survey:
    """Look into a file in this process. Blocks; `models.checkpoints.child` has limits besides.

    Raises:
        CheckpointRefusedError: it is no checkpoint that can be opened; says what it is instead.
        OSError: it cannot be read.
    """
    # Asked first: to open a pipe would wait for somebody to write into it.
    if not path.is_file():
        raise CheckpointRefusedError("There is no file of this name.")
    with path.open("rb", buffering=0) as file:
        return survey_descriptor(file.fileno())


def survey_descriptor(descriptor: int) -> Survey:
    """The same for a file that is open already; `os.pread` moves no position in it."""
    file = BoundedFile(descriptor)
    return reader_of(file)(file)
