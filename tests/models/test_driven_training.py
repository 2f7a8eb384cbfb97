"""The training command as a program drives it: events out, commands in."""

import json
from pathlib import Path

import pytest
from training_child import Child, is_named, reached

from models.training import command as training
from models.training.checkpoints import kept_steps
from models.training.control import Command, Control, parse_command

pytestmark = pytest.mark.usefixtures("private_cache")

ENDLESS = ("--epochs", 100_000)


@pytest.fixture
def nobody_to_listen_to(monkeypatch):
    monkeypatch.setattr(training, "StandardInputControl", lambda _descriptor: Control())


def test_program_can_pause_step_resume_and_read_how_it_went(two_class_folder, tmp_path):
    settings = ("lenet5", "--data", f"folder:{two_class_folder}", "--epochs", 20)
    places = ("--output", tmp_path, "--checkpoints", tmp_path / "run")
    with Child(*settings, "--batch-size", 4, *places) as child:
        # Told before the first step, which comes after the data is read.
        child.say("pause")
        paused = child.until(is_named("state"))
        assert (paused["state"], paused["step"]) == ("paused", 0)
        child.say("step")
        assert child.until(is_named("state"))["step"] == 1
        child.say("step 4")
        assert child.until(is_named("state"))["step"] == 5
        child.say("dance")
        assert child.until(is_named("unknown-command"))["line"] == "dance"
        child.say("resume")
        assert child.until(is_named("state"))["state"] == "running"
        last, code = child.end()
    assert code == 0
    assert (last["event"], last["state"], last["step"]) == ("ended", "finished", 160)
    record = json.loads(Path(last["record"]).read_text())
    assert record["held_out_accuracy"] == last["held_out_accuracy"] == 1
    assert Path(last["weights"]).exists()
    names = [event["event"] for event in child.events]
    # What may come before it tells how far the pictures are read.
    assert set(names[: names.index("started")]) <= {"loading"}
    started = child.events[names.index("started")]
    # Before the first step and after every epoch of eight, the last one included.
    epochs = [event for event in child.events if event["event"] == "epoch"]
    assert [(event["epoch"], event["step"]) for event in epochs] == [(n, 8 * n) for n in range(21)]
    assert record["held_out_by_epoch"][-1]["accuracy"] == epochs[-1]["accuracy"] == 1
    # It paused at steps 0, 1 and 5, all of which are kept anyway.
    assert "kept" not in names
    assert started["steps_total"] == 160
    assert (started["training_pictures"], started["held_out_pictures"]) == (32, 8)
    assert started["class_names"] == ["above", "below"]
    # LeNet-5 with two channels more in its first layer, and two classes instead of ten.
    assert started["parameters"] == 61_706 + 6 * 2 * 25 - 8 * 85
    assert Path(started["checkpoint"]).name == "step-00000000.safetensors"
    steps = [event for event in child.events if event["event"] == "progress"]
    assert [event["step"] for event in steps] == sorted({event["step"] for event in steps})
    assert (steps[0]["step"], steps[-1]["step"]) == (1, 160)
    written = [event["step"] for event in steps if event["checkpoint"]]
    assert written == kept_steps(160)[1:]
    assert steps[-1]["learning_rate"] == pytest.approx(0)
    assert all(event["examples_per_second"] > 0 for event in steps)
    assert steps[-1]["accuracy"] == 1


def test_stopped_run_can_be_resumed_and_one_finished_early_says_how_far_it_came(
    two_class_folder, tmp_path
):
    settings = ("softmax", "--data", f"folder:{two_class_folder}", *ENDLESS)
    places = ("--output", tmp_path, "--checkpoints", tmp_path / "run")
    record_path = tmp_path / "softmax.folder_halves.json"
    with Child(*settings, *places) as child:
        child.until(reached(5))
        child.say("stop")
        last, code = child.end()
        assert (last["state"], code) == ("stopped", 0)
        assert not record_path.exists()
    with Child(*settings, *places, "--resume") as child:
        assert child.until(is_named("started"))["resumed_from_step"] == last["step"]
        child.until(reached(last["step"] + 5))
        child.say("finish")
        last, code = child.end()
        assert (last["state"], code) == ("finished", 0)
    record = json.loads(record_path.read_text())
    assert record["steps"] == last["step"] < record["steps_planned"] == 100_000


@pytest.mark.parametrize("is_paused", [False, True])
def test_run_ends_with_the_program_that_started_it(is_paused, two_class_folder, tmp_path):
    settings = ("softmax", "--data", f"folder:{two_class_folder}", *ENDLESS)
    with Child(*settings, "--output", tmp_path, "--checkpoints", tmp_path) as child:
        if is_paused:
            child.say("pause")
        child.until(is_named("state") if is_paused else reached(1))
        child.process.stdin.close()
        last, code = child.end()
    assert (last["state"], code) == ("stopped", 0)
    assert (tmp_path / "state.safetensors").exists()


def test_run_whose_reader_is_gone_ends_quietly(two_class_folder, tmp_path):
    settings = ("softmax", "--data", f"folder:{two_class_folder}", *ENDLESS)
    with Child(*settings, "--output", tmp_path) as child:
        child.until(reached(1))
        child.process.stdout.close()
        assert child.process.wait(timeout=60) == 1
        assert "Traceback" not in child.process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "state", "detail"),
    [
        (["softmax", "--learning-rate", "1e38"], "diverged", "diverged in epoch 1"),
        (["softmax", "--data", "folder:/nowhere"], "failed", "cannot be read"),
        (["alexnet_32", "--engine", "numpy"], "failed", "ResponseNormalisation"),
    ],
)
@pytest.mark.usefixtures("small_data", "nobody_to_listen_to")
def test_failures_are_events_too(arguments, state, detail, tmp_path, capsys):
    assert training.main([*arguments, "--events", "--output", str(tmp_path)]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["event"], last["state"]) == ("ended", state)
    assert detail in last["detail"]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("pause", Command("pause")),
        (" resume \r", Command("resume")),
        ("step 12", Command("step", 12)),
        ("step 0", None),
        (f"step {'9' * 5_000}", None),
        ("step -1", None),
        ("step 1 2", None),
        ("pause 3", None),
        ("", None),
    ],
)
def test_commands_are_read_strictly(line, command):
    assert parse_command(line) == command
