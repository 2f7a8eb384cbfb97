"""Every run has a place of its own, is found again, and touches neither others nor what ships."""

import errno
import hashlib
import json
import os
import random
import re
import shutil
from pathlib import Path
from unittest import mock

import pytest
from safetensors.torch import load_file, save_file
from scipy.stats import binom

from models import release as releasing
from models.disk.trained import TRAINED_DIRECTORY
from models.disk.whole_files import write_atomically
from models.training import command as training
from models.training.checkpoints import RunDirectory, is_held, kept_steps, list_checkpoints, opened
from models.training.places import resumable_runs
from models.training.record import is_at_chance
from models.training.reports import EVENTS_NAME, BarReporter

pytestmark = pytest.mark.usefixtures("small_data")
# 200 digits in batches of 50: four steps an epoch.
SOFTMAX = ["softmax", "--engine", "numpy"]


@pytest.fixture
def runs(private_cache) -> Path:
    return private_cache / "training-runs"


def train(*arguments: object) -> int:
    return training.main([*SOFTMAX, *map(str, arguments)])


def contents(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def stop_before_the_end(monkeypatch, step: int) -> None:
    """The next run is interrupted after so many steps, as by Ctrl-C, with its state saved."""
    advance = training.Training.advance

    def interrupted(self, *asked):
        if self.steps_done == step:
            monkeypatch.setattr(training.Training, "advance", advance)
            raise KeyboardInterrupt
        return advance(self, *asked)

    monkeypatch.setattr(training.Training, "advance", interrupted)


@pytest.mark.parametrize("ending", ["finished", "diverged", "failed", "interrupted"])
def test_directory_is_held_until_the_last_word_is_said(ending, runs, monkeypatch) -> None:
    """Whoever follows a run takes it for dead once nobody holds its directory."""
    told: list[tuple[str, bool]] = []
    say = BarReporter.ended

    def ended(self, state, detail, **outcome):
        (run,) = runs.iterdir()
        told.append((state, is_held(run / "checkpoints")))
        say(self, state, detail, **outcome)

    monkeypatch.setattr(BarReporter, "ended", ended)
    options = ["--epochs", 1]
    if ending == "diverged":
        options += ["--learning-rate", 1e38, "--engine", "torch"]
    elif ending == "interrupted":
        stop_before_the_end(monkeypatch, 2)
    elif ending == "failed":
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "here")
        monkeypatch.setattr(training, "write_result", mock.Mock(side_effect=full))
    train(*options)
    assert told == [(ending, True)]
    (run,) = runs.iterdir()
    assert not is_held(run / "checkpoints")


def test_second_run_of_a_kind_leaves_the_first_and_what_ships_alone(runs, capsys) -> None:
    shipped = contents(TRAINED_DIRECTORY)
    assert train("--epochs", 1) == 0
    said = capsys.readouterr()
    (first,) = runs.iterdir()
    before = contents(first)
    assert set(before) >= {"output/softmax.mnist5k.safetensors", "output/softmax.mnist5k.json"}
    assert [each.step for each in list_checkpoints(first / "checkpoints")] == kept_steps(4)
    # The last line is the address to open, under the name of that directory.
    model = f"softmax.run-{first.name}"
    assert said.out.splitlines()[-1] == (
        f"Open it as {model}: http://127.0.0.1:8000/?model={model} (make run)"
    )
    assert f"/train?run={first.name}" in said.err
    assert train("--epochs", 1) == 0
    assert len(list(runs.iterdir())) == 2
    assert contents(first) == before
    assert contents(TRAINED_DIRECTORY) == shipped


def test_training_does_not_write_among_what_ships(runs, capsys) -> None:
    shipped = contents(TRAINED_DIRECTORY)
    roundabout = TRAINED_DIRECTORY / ".." / "trained"
    assert train("--epochs", 1, "--output", roundabout) == 1
    assert "python -m models.release" in capsys.readouterr().err
    assert contents(TRAINED_DIRECTORY) == shipped
    assert not runs.exists()


def test_resume_takes_the_newest_unfinished_run_and_says_which(runs, monkeypatch, capsys) -> None:
    assert train("--resume") == 1
    assert "no unfinished run" in capsys.readouterr().err
    ids = []
    for number, epochs in enumerate((3, 2)):
        stop_before_the_end(monkeypatch, 3)
        assert train("--epochs", epochs) == 130
        (new,) = {path.name for path in runs.iterdir()} - set(ids)
        ids.append(new)
        # However coarse the clock of the file system is.
        os.utime(runs / new / "checkpoints" / "state.safetensors", (number + 1, number + 1))
    assert train("--epochs", 1) == 0  # over, so nobody goes on with it
    older, newer = ids
    capsys.readouterr()

    assert train("--resume") == 0
    said = capsys.readouterr()
    assert f"Resuming run {newer} after step 3. It is the newest" in said.err
    assert f"--resume with its id takes {older} (after step 3)" in said.err
    assert f"softmax.run-{newer}" in said.out
    record = json.loads((runs / newer / "output" / "softmax.mnist5k.json").read_text())
    assert (record["epochs"], record["steps"]) == (2, 8)
    assert not (runs / older / "output").exists()

    assert train("--resume", "deadbeef") == 1
    assert "no run deadbeef with architecture softmax, data mnist5k" in capsys.readouterr().err
    assert train("--resume", older) == 0
    assert f"Resuming run {older} after step 3.\n" in capsys.readouterr().err
    assert (runs / older / "output" / "softmax.mnist5k.json").is_file()
    assert train("--resume") == 1
    assert len(list(runs.iterdir())) == 3


def test_damaged_state_is_passed_over_and_a_foreign_one_refused(runs, monkeypatch, capsys) -> None:
    stop_before_the_end(monkeypatch, 3)
    assert train("--epochs", 2) == 130
    (run,) = runs.iterdir()
    state = run / "checkpoints" / "state.safetensors"
    whole = state.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], bytes(500)):
        state.write_bytes(damaged)
        assert train("--resume") == 1
        assert "no unfinished run" in capsys.readouterr().err
    known = json.dumps(
        {
            "settings": {"architecture": "softmax", "data": "mnist5k", "engine": "numpy"},
            "run": {"steps_done": 1},
        }
    )
    save_file(load_file(run / "checkpoints" / "step-00000001.safetensors"), state, {"state": known})
    assert train("--resume") == 1
    assert "is not the state of such a run" in capsys.readouterr().err


# What ships is released, and only what is whole and no worse.


@pytest.fixture
def shipped(tmp_path) -> Path:
    return Path(shutil.copytree(TRAINED_DIRECTORY, tmp_path / "trained"))


def test_release_replaces_what_ships_by_a_finished_run(runs, shipped) -> None:
    assert train("--epochs", 1) == 0
    (run,) = runs.iterdir()
    record = json.loads((run / "output" / "softmax.mnist5k.json").read_text())
    accuracy = record["held_out_accuracy"]
    before = contents(shipped)
    # Four steps read less than the forty epochs that ship.
    with pytest.raises(releasing.NotReleasableError, match="--even-if-worse"):
        releasing.release(run.name, even_if_worse=False, directory=shipped)
    assert contents(shipped) == before
    words = releasing.release(run.name, even_if_worse=True, directory=shipped)
    assert f"{accuracy:.1%}" in words
    changed = {name for name, content in contents(shipped).items() if before[name] != content}
    assert changed == {"softmax.mnist5k.json", "softmax.mnist5k.safetensors"}
    for name in changed:
        assert (shipped / name).read_bytes() == (run / "output" / name).read_bytes()
    # What ships can be released again by the path of its record.
    again = shipped / "lenet5.mnist5k.json"
    assert "99.1%" in releasing.release(str(again), even_if_worse=False, directory=shipped)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda record, _: record.unlink(), "0 results"),
        (lambda record, _: record.write_text("{"), "no JSON"),
        (lambda _, weights: weights.write_bytes(weights.read_bytes()[:-1]), "is not the file"),
        (lambda _, weights: weights.unlink(), "No such file"),
        (lambda record, _: record.rename(record.with_name("mlp.mnist5k.json")), "No such file"),
        (
            lambda record, _: record.write_text(
                record.read_text().replace('"steps": 4', '"steps": 3')
            ),
            "ended after 3 of 4 steps",
        ),
    ],
)
def test_release_refuses_what_is_not_whole(change, complaint, runs, shipped) -> None:
    assert train("--epochs", 1) == 0
    (run,) = runs.iterdir()
    record = run / "output" / "softmax.mnist5k.json"
    change(record, record.with_suffix(".safetensors"))
    before = contents(shipped)
    with pytest.raises(releasing.NotReleasableError, match=complaint):
        releasing.release(run.name, even_if_worse=True, directory=shipped)
    assert contents(shipped) == before


def test_release_refuses_what_the_catalogue_does_not_open(runs, shipped, two_class_folder) -> None:
    assert train("--epochs", 1, "--data", f"folder:{two_class_folder}") == 0
    (run,) = runs.iterdir()
    with pytest.raises(releasing.NotReleasableError, match=r"opens no softmax\.folder_halves"):
        releasing.release(run.name, even_if_worse=True, directory=shipped)


# A full disk.


def full(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_names_the_file_and_leaves_no_half(call, tmp_path, monkeypatch) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_atomically({path: b"new"})
    assert caught.value.filename == str(path)
    assert contents(tmp_path) == {"run.json": b"old"}


@pytest.mark.parametrize("at", range(4))
def test_training_on_a_full_disk_says_what_could_not_be_written(
    at, runs, monkeypatch, capsys
) -> None:
    """At the first checkpoint, a later one, the state, or the result."""
    real, count = os.fsync, 0
    # 0, then a checkpoint and a state for each of 1, 2, 3, 4, the state again, record and weights.
    failing = [1, 4, 5, 12][at]

    def fsync(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == failing:
            full()
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert train("--epochs", 1) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert re.search(rf"^{runs}/\w{{8}}/.*\.(safetensors|json): No space left on device\.$", said)
    (run,) = runs.iterdir()
    assert not list(run.rglob("*.partial"))
    for checkpoint in list_checkpoints(run / "checkpoints"):
        load_file(checkpoint.path)
    assert not list(run.glob("output/*.safetensors"))
    # With room again it goes on where it stood.
    if at > 1:
        assert train("--resume") == 0


def test_log_on_a_full_disk_stops_no_training_and_is_named(runs, tmp_path, capsys) -> None:
    place = tmp_path / "run"
    place.mkdir()
    (place / EVENTS_NAME).symlink_to("/dev/full")
    assert train("--epochs", 1, "--checkpoints", place) == 0
    said = capsys.readouterr()
    assert f"{place / EVENTS_NAME} cannot be written: No space left on device" in said.err
    assert "held-out pictures" in said.out


def test_what_a_kill_left_half_written_goes_with_the_next_run(tmp_path) -> None:
    (tmp_path / ".step-00000001.safetensors.99.partial").write_bytes(bytes(100))
    with opened(tmp_path, {}) as files:
        assert isinstance(files, RunDirectory)
        assert [path.name for path in tmp_path.iterdir()] == ["run.lock"]


def test_events_that_are_a_pipe_hold_no_resumption(runs, monkeypatch) -> None:
    """To open one waits for somebody to write into it."""
    stop_before_the_end(monkeypatch, 2)
    train("--epochs", 1)
    (checkpoints,) = runs.glob("*/checkpoints")
    (checkpoints / EVENTS_NAME).unlink()
    os.mkfifo(checkpoints / EVENTS_NAME)
    assert [run.step for run in resumable_runs({"architecture": "softmax"})] == [2]


# Chance.


def test_chance_is_what_the_binomial_distribution_says() -> None:
    generator = random.Random(0)
    for _ in range(300):
        total = generator.choice([1, 2, 8, 36, 360, 1000, 10_000])
        largest = generator.randint(1, total)
        correct = generator.randint(0, total)
        if largest == total:
            assert is_at_chance(correct, total, largest) == (correct < total)
            continue
        tail = float(binom.sf(correct - 1, total, largest / total))
        if binom.pmf(total, total, largest / total) > 0.05:  # no number of them could prove it
            expected = correct <= largest
        elif abs(tail - 0.05) < 1e-9:
            continue
        else:
            expected = tail > 0.05
        assert is_at_chance(correct, total, largest) == expected, (correct, total, largest)


@pytest.mark.parametrize(
    ("total", "largest"), [(10**8, 10**7), (10**8, 3), (10**8, 10**8 - 9), (10**12, 10**6)]
)
def test_chance_of_very_many_pictures_takes_no_longer(total: int, largest: int) -> None:
    """Term by term up to the total, the last of these would take a day."""
    level = int(binom.isf(0.05, total, largest / total))
    for correct in (0, largest, level, level + 1, level + 2, total - 1, total):
        expected = float(binom.sf(correct - 1, total, largest / total)) > 0.05
        assert is_at_chance(correct, total, largest) == expected, correct


def test_weights_of_the_record_are_those_beside_it(runs) -> None:
    assert train("--epochs", 1) == 0
    (output,) = runs.glob("*/output")
    record = json.loads((output / "softmax.mnist5k.json").read_text())
    weights = (output / "softmax.mnist5k.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == record["weights_sha256"]
