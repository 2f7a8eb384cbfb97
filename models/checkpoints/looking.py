"""`python -m models.checkpoints.looking BYTES SECONDS`: surveys the file that is standard input.

It writes what it finds on standard output (`answers`). Before it looks at the first byte it gives
up whatever it does not need: memory and time beyond BYTES and SECONDS, files, processes, sockets,
imports.
"""

import codecs
import ctypes
import gc
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any, Final

from models.checkpoints.answers import written, written_refusal
from models.checkpoints.survey import survey_descriptor
from models.errors import CheckpointRefusedError

_PR_SET_PDEATHSIG: Final = 1
# Codecs that pickletools asks for by name, each a module.
_CODECS: Final = ("utf-8", "ascii", "latin-1", "raw-unicode-escape", "unicode-escape")
_FORBIDDEN: Final = (
    *("import", "open", "exec", "compile", "ctypes.", "os.", "subprocess.", "socket.", "shutil."),
    *("pickle.", "marshal.", "code.", "mmap.", "fcntl.", "signal.", "urllib.", "glob.", "pty."),
)


def main() -> None:
    """Answer once, and end."""
    memory_bytes, time_s = int(sys.argv[1]), int(sys.argv[2])
    for codec in _CODECS:
        codecs.lookup(codec)
    # Nothing that is made here goes in circles which would have to be looked for.
    gc.disable()
    _restrain(memory_bytes, time_s)
    try:
        answer = written(survey_descriptor(0))
    except CheckpointRefusedError as error:
        answer = written_refusal(str(error))
    except MemoryError:
        answer = written_refusal(
            "To look into the file takes more memory than it may; it is damaged or made to do harm."
        )
    view = memoryview(answer)
    while view:
        view = view[os.write(1, view) :]


def _restrain(memory_bytes: int, time_s: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    limits = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, time_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        # No handle beyond those that are open.
        (resource.RLIMIT_NOFILE, 0),
    )
    for kind, limit in limits:
        with suppress(ValueError, OSError):  # not every system limits this
            resource.setrlimit(kind, (limit, limit))
    sys.addaudithook(_refuse)


def _refuse(event: str, _: Any) -> None:
    """Whatever a mistake of ours would do here, it is not done."""
    if event.startswith(_FORBIDDEN):
        os._exit(70)


if __name__ == "__main__":
    main()
