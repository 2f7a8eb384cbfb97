"""A pickle of a checkpoint: its value, or in words what is wrong with it."""

from io import BytesIO
from typing import IO, Any

from models.checkpoints.pickles.machine import MOST_OPCODES, Machine, PickleError
from models.checkpoints.pickles.names import check_names
from models.errors import CheckpointRefusedError


class PickleBytes(BytesIO):
    """The bytes of pickles, whose lines have no escapes.

    `pickletools` undoes escapes also where unpickling leaves them, and warns of wrong ones. Nobody
    writes any but in the first protocol, which torch has never used.
    """

    def readline(self, size: int | None = -1, /) -> bytes:
        """The next line.

        Raises:
            ValueError: it has a backslash.
        """
        line = super().readline(size)
        if b"\\" in line:
            raise ValueError("an escape")
        return line


def read_pickle(machine: Machine, stream: IO[bytes], most_opcodes: int = MOST_OPCODES) -> Any:
    """The value of the next pickle, which names nothing but plain data.

    Raises:
        CheckpointRefusedError: it does, or it is damaged or too long.
    """
    try:
        value = machine.read(stream, most_opcodes)
    except PickleError as error:
        # What it would have run says more than where it breaks off.
        check_names(machine.names.values(), machine.extensions)
        raise CheckpointRefusedError(
            f"What the file says of its tensors (a pickle) {error}; copy or download it again, or "
            "save it anew: torch.save(model.state_dict(), 'weights.pth')."
        ) from error
    check_names(machine.names.values(), machine.extensions)
    return value
