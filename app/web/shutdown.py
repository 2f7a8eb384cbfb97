"""Told to end, the process ends: in order where it can, after a while in any case."""

import logging
import os
import signal
import socket
import sys
import threading
import time

_TOLD = frozenset({signal.SIGTERM, signal.SIGINT})

_logger = logging.getLogger(__name__)


def end_within(limit_s: float) -> None:
    """End this process so long after SIGTERM or SIGINT, whatever it computes by then.

    Threads that compute cannot be stopped, and an event loop that is held runs no handler of a
    signal; so a thread of its own is told of signals by the operating system. The exit code is 128
    and the signal's number, as if the signal had ended the process. Call it from the main thread.
    """
    # Kept open as long as the process lives.
    signals, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    watch = threading.Thread(
        target=_watch, args=(signals, told, limit_s), name="shutdown", daemon=True
    )
    watch.start()


def _watch(signals: socket.socket, _: socket.socket, limit_s: float) -> None:
    while received := signals.recv(1):
        if received[0] in _TOLD:
            time.sleep(limit_s)
            _logger.error("Ending after %g s with work that did not stop.", limit_s)
            leave(128 + received[0])


def end_with_input() -> None:
    """End this process as SIGTERM does when its standard input is closed.

    The operating system closes it with the program at its other end, however that ends.
    """
    threading.Thread(target=_end_after_input, name="input", daemon=True).start()


def first_line_of_input() -> str:
    """The first line of standard input; the process ends if there comes none.

    Not through `sys.stdin`, which would read ahead, and whose lock a process that ends waits for.
    """
    line = bytearray()
    while not line.endswith(b"\n"):
        part = os.read(0, 1)
        if not part:
            raise SystemExit(0)
        line += part
    return line.decode()


def _end_after_input() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def leave(code: int) -> None:
    """End this process without waiting for its threads; its children end with it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
