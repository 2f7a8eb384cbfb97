"""How a run is told what to do.

With `--events` by a program, on standard input, one command a line:

    pause       before the next step
    resume      go on
    step        take one step, then pause; "step 10" takes ten
    stop        end now; the state is saved, so that --resume can go on
    finish      end now, measure, and write the weights as they are

A step over the whole training set takes long. `pause`, `stop` and `finish` interrupt it between two
portions of its pictures: it is undone, and taken anew where the run goes on.

Another line, and a command with another argument, is answered with an event "unknown-command" and
its "line". When standard input is closed the run stops, so it ends with the program that started
it.
"""

import os
import re
import threading
import time
from collections import deque
from dataclasses import dataclass

UNKNOWN = "unknown "
CLOSING_GRACE_S = 10.0
# What no run has is no number to read, either.
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_INTERRUPTING = frozenset({"pause", "stop", "finish"})


@dataclass(frozen=True)
class Command:
    """What a run is told; `steps` belongs to "step"."""

    name: str
    steps: int = 1


class Control:
    """Nobody to listen to: the run goes on to its end."""

    def next(self, *, waiting: bool) -> Command | None:
        """The next command, or None if there is none and the run is not waiting for one."""
        del waiting
        return None

    def is_interrupting(self) -> bool:
        """True if a command is there for which a step is given up in its middle."""
        return False

    def is_stopping(self) -> bool:
        """True if the run is told to end before it has begun."""
        return False


class QueuedControl(Control):
    """Commands from another thread, in their order."""

    def __init__(self) -> None:
        self._commands: deque[Command] = deque()
        self._changed = threading.Condition()

    def tell(self, command: Command) -> None:
        """Add a command behind the others."""
        with self._changed:
            self._commands.append(command)
            self._changed.notify()

    def next(self, *, waiting: bool) -> Command | None:
        with self._changed:
            if waiting:
                self._changed.wait_for(lambda: self._commands)
            return self._commands.popleft() if self._commands else None

    def is_interrupting(self) -> bool:
        with self._changed:
            return any(command.name in _INTERRUPTING for command in self._commands)

    def is_stopping(self) -> bool:
        with self._changed:
            return any(command.name == "stop" for command in self._commands)


class StandardInputControl(QueuedControl):
    """Reads commands from a file descriptor on a thread of its own.

    Once it is closed the process has a moment to end; it is ended then, whatever it does.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # Not through sys.stdin: a thread that waits inside of it holds its lock, over which the
        # interpreter would stumble on its way out.
        pending = b""
        while received := os.read(self._descriptor, 4096):
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                self.tell(parse_command(text) or Command(f"{UNKNOWN}{text.strip()}"))
        self.tell(Command("stop"))
        time.sleep(CLOSING_GRACE_S)
        os._exit(1)


def parse_command(line: str) -> Command | None:
    """The command of a line, or None if it is none."""
    match line.split():
        case [("pause" | "resume" | "stop" | "finish" | "step") as name]:
            return Command(name)
        case ["step", count] if _COUNT.fullmatch(count):
            return Command("step", int(count))
        case _:
            return None
