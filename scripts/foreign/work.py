"""Processes that examine networks one after the other, within a time and a memory."""

import json
import os
import resource
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# Of one network, and of a process that examines several.
SECONDS = 600
_MEMORY_BYTES = 7 * 2**30
_NETWORKS_A_PROCESS = 25

Told = Callable[[dict[str, Any]], None]


def serve() -> None:
    """Be such a process: names come line by line, findings go."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what networks print
    from foreign.checks import examine  # noqa: PLC0415  takes seconds
    from foreign.specimens import specimens  # noqa: PLC0415

    known = {(one.zoo, one.name): one for one in specimens()}
    for line in sys.stdin:
        zoo, name = json.loads(line)
        print(json.dumps(examine(known[zoo, name]).as_dict()), file=answers)


class _Process:
    """One of them, and what it is at."""

    def __init__(self, script: Path) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        self._child = subprocess.Popen(
            [sys.executable, str(script), "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.task: tuple[str, str] | None = None
        self.ends = 0.0
        self.left = _NETWORKS_A_PROCESS

    @property
    def output(self) -> Any:
        return self._child.stdout

    def begin(self, task: tuple[str, str]) -> None:
        self.task, self.ends = task, time.monotonic() + SECONDS
        self.left -= 1
        stdin: Any = self._child.stdin
        stdin.write(json.dumps(task) + "\n")
        stdin.flush()

    def result(self) -> dict[str, Any] | None:
        line = self.output.readline()
        return json.loads(line) if line.endswith("\n") else None

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                stream.close()


def examine_all(tasks: Iterable[tuple[str, str]], script: Path, processes: int, told: Told) -> None:
    """Have networks examined, and tell of each as soon as it is done.

    Args:
        tasks: zoo and name of each.
        script: to be started with `--serve`.
        processes: at once.
        told: is given the findings; of one that took too long or too much, that.
    """
    left = list(tasks)[::-1]
    running: list[_Process] = []
    try:
        while left or running:
            while left and len(running) < processes:
                running.append(_begun(script, left))
            done = _first_of(running)
            for process in done:
                task, found = process.task, None
                if time.monotonic() < process.ends:
                    found = process.result()
                told(found or _lost(*(task or ("", "")), late=time.monotonic() >= process.ends))
                if found and process.left and left:
                    process.begin(left.pop())
                else:
                    running.remove(process)
                    process.end()
    finally:
        for process in running:
            process.end()


def _begun(script: Path, left: list[tuple[str, str]]) -> _Process:
    process = _Process(script)
    process.begin(left.pop())
    return process


def _first_of(running: list[_Process]) -> list[_Process]:
    """Those that have something to say, or whose time is up; waits for one."""
    with selectors.DefaultSelector() as selector:
        for process in running:
            selector.register(process.output, selectors.EVENT_READ, process)
        wait = max(0.0, min(process.ends for process in running) - time.monotonic())
        ready = [key.data for key, _ in selector.select(wait)]
    return ready or [process for process in running if process.ends <= time.monotonic()]


def _lost(zoo: str, name: str, *, late: bool) -> dict[str, Any]:
    cause = f"not done within {SECONDS} s" if late else "its process ended"
    return {"zoo": zoo, "name": name, "outcome": "failed", "faults": [f"lost: {cause}"]}
