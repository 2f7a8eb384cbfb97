"""Runs that are killed, taken up again and looked back on."""

import dataclasses
import itertools
import json
import signal
import time

import pytest
import torch
from safetensors.torch import load_file
from training_child import Child

from models.training import command as training
from models.training.checkpoints import kept_steps, list_checkpoints, opened
from models.training.recipes import RECIPES
from models.training.reports import EVENTS_NAME
from models.training.run import Training, one_thread

pytestmark = pytest.mark.usefixtures("private_cache", "one_blas_thread")


@pytest.mark.parametrize("engine", [pytest.param("torch", marks=pytest.mark.full), "numpy"])
def test_killed_run_goes_on_to_the_weights_of_one_that_was_not(engine, two_class_folder, tmp_path):
    settings = ["lenet5", "--data", f"folder:{two_class_folder}", "--engine", engine]
    further = ["--epochs", "40", "--batch-size", "3", "--seed", "3"]
    files = tmp_path / "run"
    with Child(*settings, *further, "--output", tmp_path, "--checkpoints", files) as child:
        child.until(lambda each: each.get("checkpoint") and each.get("step", 0) >= 17)
        # Somewhere between two saved states, in the middle of an epoch of eleven steps.
        child.process.send_signal(signal.SIGKILL)
        assert child.process.wait() == -signal.SIGKILL
    name = "lenet5.folder_halves.safetensors"
    assert not (tmp_path / name).exists()
    again = ["--output", str(tmp_path), "--checkpoints", str(files), "--resume"]
    assert training.main([*settings, *again]) == 0
    straight = tmp_path / "straight"
    assert training.main([*settings, *further, "--output", str(straight)]) == 0
    assert (tmp_path / name).read_bytes() == (straight / name).read_bytes()
    kept = [checkpoint.step for checkpoint in list_checkpoints(files)]
    assert kept == kept_steps(440)


@pytest.mark.parametrize("architecture", ["alexnet_32", "resnet8_32"])
def test_state_holds_momentum_dropout_and_running_statistics(architecture, few, tmp_path):
    recipe = dataclasses.replace(RECIPES[architecture], epochs=1, batch_size=40)
    with one_thread():
        straight = Training(recipe, few, seed=1)
        while not straight.is_finished:
            straight.advance()
        with opened(tmp_path, {}) as files:
            first = Training(recipe, few, seed=1)
            for _ in range(3):
                first.advance()
            files.save(first)
        with opened(tmp_path, {}) as files:
            second = Training(recipe, few, seed=1)
            files.resume(second)
        assert second.steps_done == 3
        while not second.is_finished:
            second.advance()
    expected = straight.engine.weights()
    for name, value in second.engine.weights().items():
        assert torch.equal(value, expected[name]), name


@pytest.mark.usefixtures("small_data")
def test_resuming_refuses_other_settings_and_an_empty_directory(tmp_path, capsys):
    def command(*arguments):
        return training.main(
            ["softmax", "--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
            + [str(each) for each in arguments]
        )

    assert command("--resume") == 1
    assert "nothing to resume" in capsys.readouterr().err
    assert command("--epochs", 1, "--learning-rate", 0.02) == 0
    assert command("--resume", "--learning-rate", 0.03) == 1
    assert "learning_rate was 0.02 and is 0.03" in capsys.readouterr().err
    # Settings that are left out are those it had.
    assert command("--resume") == 0
    record = json.loads((tmp_path / "softmax.mnist5k.json").read_text())
    assert (record["epochs"], record["optimiser"]["learning_rate"]) == (1, 0.02)


@pytest.mark.usefixtures("small_data")
def test_damaged_state_is_named(tmp_path, capsys):
    (tmp_path / "state.safetensors").write_bytes(b"cut short")
    arguments = ["softmax", "--output", str(tmp_path), "--checkpoints", str(tmp_path)]
    assert training.main([*arguments, "--resume"]) == 1
    assert "state.safetensors is damaged" in capsys.readouterr().err


@pytest.mark.usefixtures("small_data")
def test_directory_of_a_running_training_is_refused(tmp_path, capsys):
    with opened(tmp_path / "run", {}):
        arguments = ["softmax", "--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
        assert training.main(arguments) == 1
    assert "Another training" in capsys.readouterr().err


@pytest.mark.usefixtures("small_data")
def test_run_of_the_command_line_leaves_its_events(tmp_path):
    log = tmp_path / "run" / EVENTS_NAME
    arguments = ["softmax", "--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
    assert training.main([*arguments, "--epochs", "2"]) == 0
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["started", "ended"]
    assert abs(events[0]["started_at"] - time.time()) < 600
    steps = [each["step"] for each in events if each["event"] == "progress" and each["checkpoint"]]
    assert steps == kept_steps(8)[1:]
    with log.open("a") as file:
        file.write('{"event": "cut sho')
    assert training.main([*arguments, "--resume"]) == 0
    again = [json.loads(line) for line in log.read_text().splitlines()]
    assert again[: len(events)] == events
    assert again[len(events)]["resumed_from_step"] == 8
    assert training.main([*arguments, "--epochs", "1"]) == 0
    assert json.loads(log.read_text().splitlines()[0])["epochs"] == 1


@pytest.mark.usefixtures("small_data")
def test_log_that_cannot_be_written_stops_no_training(tmp_path, capsys):
    (tmp_path / "run" / EVENTS_NAME).mkdir(parents=True)
    arguments = ["softmax", "--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
    assert training.main([*arguments, "--epochs", "1"]) == 0
    assert f"{EVENTS_NAME} cannot be written" in capsys.readouterr().err


# Checkpoints.


def test_kept_steps_grow_by_half_and_hold_both_ends():
    steps = kept_steps(4800)
    assert steps[:8] == [0, 1, 2, 3, 5, 8, 11, 17]
    assert steps[-1] == 4800
    ratios = [after / before for before, after in itertools.pairwise(steps[4:-1])]
    assert all(1.35 < ratio < 1.65 for ratio in ratios)
    assert len(steps) < 30
    assert kept_steps(1) == [0, 1]


@pytest.mark.usefixtures("small_data")
def test_checkpoints_show_the_network_from_its_first_weights_to_its_last(tmp_path):
    files = tmp_path / "run"
    arguments = ["softmax", "--epochs", "3", "--output", str(tmp_path), "--seed", "5"]
    assert training.main([*arguments, "--checkpoints", str(files)]) == 0
    found = list_checkpoints(files)
    assert [each.step for each in found] == kept_steps(12)
    assert (found[0].loss, found[0].accuracy, found[0].epoch) == (None, None, 0)
    assert found[1].loss > found[-1].loss
    torch.manual_seed(5)
    untrained = RECIPES["softmax"].build().state_dict()
    first = load_file(found[0].path)
    assert all(torch.equal(first[name], untrained[name]) for name in untrained)
    result, last = load_file(tmp_path / "softmax.mnist5k.safetensors"), load_file(found[-1].path)
    assert all(torch.equal(result[name], last[name]) for name in result)
    # A new run forgets the old one's.
    assert training.main([*arguments[:2], "1", *arguments[3:], "--checkpoints", str(files)]) == 0
    assert [each.step for each in list_checkpoints(files)] == kept_steps(4)
