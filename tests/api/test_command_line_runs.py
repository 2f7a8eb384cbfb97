"""Runs that somebody starts beside the server are watched and opened like its own."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asking
import pytest
from test_training_runs import Server, is_problem, server_with

from app.training.command_line import CommandLineRuns
from app.training.run import TrainingRun
from models.training.reports import EVENTS_NAME

ROOT = Path(__file__).parents[2]
LONG = ("--epochs=2000", "--batch-size=128")
LOOKS = 600


def begin(tmp_path: Path, *options: str) -> subprocess.Popen[bytes]:
    """Train the linear softmax on the small digits, beside the server of `tmp_path`."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "models.training", "softmax", "--data=digits"),
            *("--engine=numpy", f"--output={tmp_path / 'out'}", *options),
        ],
        cwd=ROOT,
        env={**os.environ, "CONVSCOPE_CACHE_DIR": str(tmp_path / "cache")},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def seen(server: Server, number: int = 1) -> dict:
    """The newest run, once the server knows so many."""
    for _ in range(LOOKS):
        runs = asking.get(server.runs).json()["runs"]
        if len(runs) >= number:
            return runs[0]
        time.sleep(0.05)
    raise AssertionError("the server has not seen it")


def test_run_is_watched_to_its_end_and_opened(tmp_path: Path) -> None:
    with server_with(tmp_path) as server:
        process = begin(tmp_path, "--epochs=3", "--batch-size=128")
        run = seen(server)
        assert run["origin"] == "command_line"
        assert run["choice"]["architecture"] == "softmax"
        assert (run["choice"]["data"], run["choice"]["engine"]) == ("digits", "numpy")
        last = server.last(run["id"])
        assert process.wait(60) == 0
        assert last["state"] == "finished"
        assert last["step"] == last["steps_total"] == last["checkpoints"][-1]["step"]
        assert f"{last['held_out_accuracy']:.1%} of 360 held-out" in last["detail"]
        detail = asking.get(f"{server.api}/models/{last['model']}").json()
        assert detail["id"] == last["model"]
        path = f"{server.runs}/{run['id']}/checkpoints/0/templates"
        assert asking.get(path).content.startswith(b"\x93NUMPY")
        is_problem(asking.post(f"{server.runs}/{run['id']}/pause"), 409, "run-ended")
    # The next server finds it as it was; another training of the same kind leaves it alone.
    with server_with(tmp_path) as server:
        found = asking.get(f"{server.runs}/{run['id']}").json()
        streamed = {"points": None, "epochs": None}
        assert {**found, **streamed} == {**last, **streamed}
        assert begin(tmp_path, "--epochs=1", "--batch-size=128").wait(60) == 0
        newer = seen(server, 2)
        assert newer["id"] != run["id"]
        assert server.last(newer["id"])["step"] == 12
        again = server.last(run["id"])
        assert again["checkpoints"] == last["checkpoints"]
        for checkpoint in again["checkpoints"]:
            path = f"{server.runs}/{run['id']}/checkpoints/{checkpoint['step']}/templates"
            assert asking.get(path).status_code == 200
        # Under the id of its directory, where anybody finds its files.
        for each in (run["id"], newer["id"]):
            assert (tmp_path / "cache" / "training-runs" / each / "checkpoints").is_dir()


def test_run_is_told_nothing_and_killed_and_resumed_elsewhere(tmp_path: Path) -> None:
    with server_with(tmp_path) as server:
        process = begin(tmp_path, *LONG)
        run = seen(server)["id"]
        server.until(run, lambda document: document["step"] > 40)
        assert asking.get(f"{server.api}/training").json()["current_run"] == run
        for answer in (
            asking.post(f"{server.runs}/{run}/pause"),
            asking.delete(f"{server.runs}/{run}"),
        ):
            assert "Ctrl-C" in is_problem(answer, 409, "run-elsewhere")["detail"]
        # It stands in nobody's way here.
        own = server.start({"architecture": "softmax", "data": "digits", "epochs": 1})
        assert server.last(own)["state"] == "finished"
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        last = server.last(run)
        assert last["state"] == "interrupted"
        assert "--resume" in last["detail"]

        process = begin(tmp_path, *LONG, "--resume")
        for _ in range(LOOKS):
            going_on = asking.get(f"{server.runs}/{run}").json()
            if going_on["is_going_on"]:
                break
            time.sleep(0.05)
        assert going_on["state"] == "running"
        steps = [point["step"] for point in next(server.watch(run))[1]["points"]]
        assert steps == sorted(set(steps))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
        assert server.last(run)["state"] == "interrupted"


@pytest.mark.parametrize(
    "log",
    [
        b"",
        b"no event\n",
        b'{"event": "progress", "step": 1}\n',
        b'{"event": "started", "architecture": "unheard-of", "started_at": 1}\n',
        b"[]\n\xff\xfe\n",
        b'{"event": "star',
    ],
)
def test_damaged_logs_are_no_runs(tmp_path: Path, log: bytes) -> None:
    directory = tmp_path / "0123abcd" / "checkpoints"
    directory.mkdir(parents=True)
    (directory / EVENTS_NAME).write_bytes(log)
    assert asyncio.run(found_in(tmp_path)) == {}


def test_log_that_cannot_be_read_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "0123abcd" / "checkpoints" / EVENTS_NAME).mkdir(parents=True)
    assert asyncio.run(found_in(tmp_path)) == {}


def test_look_that_fails_leaves_the_runs_as_they_are(tmp_path: Path, monkeypatch, caplog) -> None:
    """For want of file handles, say: they are neither ended nor forgotten, nor is the server."""
    listed = os.listdir

    def failing(path):
        if Path(path) == tmp_path:
            raise OSError(errno.EMFILE, "Too many open files")
        return listed(path)

    async def look() -> None:
        runs = CommandLineRuns(tmp_path, tmp_path / "former")
        with monkeypatch.context() as patch:
            patch.setattr(os, "listdir", failing)
            await runs.open()
        await runs.close()

    asyncio.run(look())
    assert "Too many open files" in caplog.text


def test_directory_need_not_exist(tmp_path: Path) -> None:
    assert asyncio.run(found_in(tmp_path / "nothing")) == {}


async def found_in(directory: Path) -> dict[str, TrainingRun]:
    runs = CommandLineRuns(directory, directory / "former")
    await runs.open()
    await runs.close()
    return runs.runs
