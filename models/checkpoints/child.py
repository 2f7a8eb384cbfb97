"""Surveys in a process of their own, which has limits and is ended at them."""

import math
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import models
from models.checkpoints.answers import MOST_ANSWER_BYTES, WrongAnswerError, read_answer
from models.checkpoints.contents import Survey
from models.errors import CheckpointRefusedError

# Without site-packages, of which nothing is needed: it is there in half the time.
_PROGRAM: Final = (sys.executable, "-S", "-s", "-P", "-m", "models.checkpoints.looking")
# The directory that `models` is imported from, in which the child finds it too.
_ROOT: Final = Path(models.__file__).parent.parent
# What Python needs to start, and where it may put what it compiles. Secrets stay here.
_PASSED_ON: Final = ("LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "LANG")
_LAST_BREATH_S: Final = 5.0
_CHUNK: Final = 2**20


def survey_in_child(path: Path, *, time_s: float = 20.0, memory_bytes: int = 2**30) -> Survey:
    """`models.checkpoints.survey.survey` in another process. Blocks, `time_s` at most.

    Args:
        path: the file; the child gets it opened, and can open nothing else.
        time_s: after which the child is ended.
        memory_bytes: which its address space may have.

    Raises:
        CheckpointRefusedError: the file is no checkpoint that can be opened, or to look into it
            takes too much time or memory.
        OSError: the file cannot be read, or no process can be started.
    """
    # Asked first: to open a pipe would wait for somebody to write into it.
    if not path.is_file():
        raise CheckpointRefusedError("There is no file of this name.")
    with path.open("rb", buffering=0) as file:
        file_bytes = os.fstat(file.fileno()).st_size
        process = subprocess.Popen(  # noqa: S603  a program of our own
            (*_PROGRAM, str(memory_bytes), str(math.ceil(time_s) + 1)),
            env={
                "PYTHONPATH": str(_ROOT),
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            },
            stdin=file,
            stdout=subprocess.PIPE,
            bufsize=0,
            # Ctrl-C in a terminal is for who asked, and ends this with it.
            start_new_session=True,
        )
    try:
        answer = _answer(process, time.monotonic() + time_s)
        if answer is not None:
            # It has closed its answer, so that it ends, if nothing holds it.
            process.wait(_LAST_BREATH_S)
    except subprocess.TimeoutExpired:
        answer = None
    finally:
        process.kill()
        code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if answer is None:
        raise CheckpointRefusedError(
            f"To look into the file takes more than {time_s:g} s; it is damaged or made to do harm."
        )
    if code:
        raise CheckpointRefusedError(
            f"To look into the file ended the process that did ({_how(code)}); it is damaged or "
            "made to do harm."
        )
    try:
        return read_answer(answer, file_bytes)
    except WrongAnswerError as error:
        raise CheckpointRefusedError(
            "What was found in the file is no list of tensors; it is damaged or made to do harm."
        ) from error


def _answer(process: subprocess.Popen[bytes], until: float) -> bytes | None:
    """All that the process writes; None if it has not ended by then, or writes without end."""
    if process.stdout is None:
        raise RuntimeError("The child was started with a pipe.")
    descriptor = process.stdout.fileno()
    pieces: list[bytes] = []
    left = MOST_ANSWER_BYTES
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while left > 0:
            rest_s = until - time.monotonic()
            if rest_s <= 0 or not selector.select(rest_s):
                return None
            piece = os.read(descriptor, _CHUNK)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            left -= len(piece)
    return None


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
