"""The training command with `--events` as a child process, as a server drives it."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "models.training"]


class Child:
    """Commands in, events out; killed at the end if it still runs."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments), "--events"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events = []

    def say(self, command):
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def until(self, wanted):
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            if wanted(self.events[-1]):
                return self.events[-1]
        raise AssertionError(self.events[-3:], self.process.stderr.read())

    def end(self):
        """Read to the end; the last event and the exit code."""
        self.events += [json.loads(line) for line in self.process.stdout]
        return self.events[-1], self.process.wait(timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def is_named(event):
    return lambda each: each["event"] == event


def reached(step):
    return lambda each: each["event"] == "progress" and each["step"] >= step
