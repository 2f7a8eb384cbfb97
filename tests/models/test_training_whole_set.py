"""Optimisers whose every step looks at all pictures: two searches, and full-batch descent."""

import dataclasses
import io
import itertools
import json
import re
import signal

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.special import log_softmax
from torch.nn import functional
from training_child import Child

from models.data.dataset import LabelledPictures
from models.training import command as training
from models.training import run as run_module
from models.training.checkpoints import (
    STATE_NAME,
    kept_steps,
    list_checkpoints,
    opened,
    read_state,
)
from models.training.command import drive
from models.training.control import Command, Control, QueuedControl
from models.training.optimisers import PORTION, RULES, UnusedSettingError
from models.training.recipes import RECIPES, Jitter
from models.training.reports import EventReporter
from models.training.run import Training, one_thread

pytestmark = pytest.mark.usefixtures("private_cache", "one_blas_thread")

ENGINES = ["torch", "numpy"]
SEARCHES = ["random-local-search", "random-search"]
WHOLE_SET = ["gradient-descent", *SEARCHES]
SEED = 3


@pytest.fixture
def small_portions(monkeypatch):
    """200 pictures are three portions of 64 and one of 8."""
    monkeypatch.setattr(run_module, "PORTION", 64)


def training_of(architecture, optimiser, data, engine, **settings):
    recipe = RECIPES[architecture].choosing({"optimiser": optimiser, **settings})
    return Training(recipe, data, SEED, engine)


def classifier(run, data):
    """What the linear softmax classifier is made of, in float64."""
    weights = {name: value.double().numpy() for name, value in run.engine.weights().items()}
    x = data.pictures.flatten(1).double().numpy()
    return weights["linear.weight"], weights["linear.bias"], x, data.labels.numpy()


def loss_of(weight, bias, x, labels):
    """Mean cross-entropy and right answers."""
    logarithms = log_softmax(x @ weight.T + bias, axis=1)
    correct = int((logarithms.argmax(1) == labels).sum())
    return -logarithms[np.arange(len(labels)), labels].mean(), correct


# Full-batch descent.


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("engine", ENGINES)
def test_full_batch_descent_is_what_the_formulas_give(engine, few):
    run = training_of("softmax", "gradient-descent", few, engine, learning_rate=0.3)
    weight, bias, x, labels = classifier(run, few)
    y = np.eye(10)[labels]
    for number in range(1, 6):
        step = run.advance()
        loss, correct = loss_of(weight, bias, x, labels)
        assert step.loss == pytest.approx(loss, abs=1e-6)
        assert step.accuracy == step.batch_accuracy == correct / 200
        assert (step.number, step.epoch, step.pictures) == (number, number, 200)
        # dL/dt = (p - y) / n, and t = W x + b.
        gradient = (np.exp(log_softmax(x @ weight.T + bias, axis=1)) - y) / 200
        weight = weight - 0.3 * gradient.T @ x
        bias = bias - 0.3 * gradient.sum(0)
        found, found_bias, *_ = classifier(run, few)
        np.testing.assert_allclose(found, weight, atol=1e-6)
        np.testing.assert_allclose(found_bias, bias, atol=1e-6)


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("engine", ENGINES)
def test_portions_of_a_convolutional_network_add_up_to_the_gradient_of_all(engine, few):
    run = training_of("lenet5", "gradient-descent", few, engine, learning_rate=0.1)
    network = run.recipe.build()
    before = run.engine.weights()
    network.load_state_dict(before)
    loss = functional.cross_entropy(network(run.recipe.prepare(few.pictures)), few.labels)
    torch.autograd.backward(loss)
    assert run.advance().loss == pytest.approx(loss.item(), abs=1e-6)
    after = run.engine.weights()
    for name, parameter in network.named_parameters():
        expected = before[name] - 0.1 * parameter.grad
        torch.testing.assert_close(after[name], expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("architecture", ["softmax", "mlp", "lenet5"])
def test_full_batch_descent_with_a_small_rate_never_goes_up(architecture, engine, few):
    run = training_of(architecture, "gradient-descent", few, engine, learning_rate=0.02)
    losses = [run.advance().loss for _ in range(15)]
    assert all(after < before for before, after in itertools.pairwise(losses))


def test_no_more_pictures_than_a_portion_are_in_the_network_at_once(mnist_digits):
    pictures = mnist_digits.training.pictures[:600]
    data = LabelledPictures(pictures, mnist_digits.training.labels[:600])
    for optimiser in WHOLE_SET:
        run = training_of("softmax", optimiser, data, "torch")
        seen = []
        run.network.register_forward_hook(
            lambda _module, inputs, _output, seen=seen: seen.append(len(inputs[0]))
        )
        for _ in range(2):
            run.advance()
        assert seen == [PORTION, PORTION, 600 - 2 * PORTION] * 2


# Searches.


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("optimiser", "scale"), [("random-local-search", 0.02), ("random-search", 0.05)]
)
def test_search_keeps_what_a_search_by_hand_keeps(optimiser, scale, engine, few):
    run = training_of("softmax", optimiser, few, engine, scale=scale)
    weight, bias, x, labels = classifier(run, few)
    loss, correct = loss_of(weight, bias, x, labels)
    generator = np.random.default_rng(SEED)
    first = run.advance()
    assert first.loss == pytest.approx(loss, abs=1e-6)
    kept = 0
    for _ in range(25):
        # In the order of their names; single precision is what the network has.
        drawn_bias = scale * generator.standard_normal(10)
        drawn = scale * generator.standard_normal((10, 784))
        if optimiser == "random-local-search":
            drawn, drawn_bias = weight + drawn, bias + drawn_bias
        drawn, drawn_bias = (each.astype(np.float32).astype(float) for each in (drawn, drawn_bias))
        tried, tried_correct = loss_of(drawn, drawn_bias, x, labels)
        if tried < loss:
            weight, bias, loss, correct = drawn, drawn_bias, tried, tried_correct
            kept += 1
        step = run.advance()
        assert step.loss == pytest.approx(loss, abs=1e-6)
        assert step.accuracy == step.batch_accuracy == correct / 200
        found, found_bias, *_ = classifier(run, few)
        np.testing.assert_array_equal(found, weight)
        np.testing.assert_array_equal(found_bias, bias)
    # Both ways were taken.
    assert 0 < kept < 25


@pytest.mark.parametrize("optimiser", SEARCHES)
def test_search_never_goes_up_and_its_first_step_changes_nothing(optimiser, few):
    for engine in ENGINES:
        run = training_of("lenet5", optimiser, few, engine)
        before = run.engine.weights()
        losses = [run.advance().loss]
        after = run.engine.weights()
        assert all(torch.equal(after[name], before[name]) for name in before)
        losses += [run.advance().loss for _ in range(20)]
        assert losses == sorted(losses, reverse=True)
        assert losses[-1] < losses[0]


@pytest.mark.parametrize("architecture", ["alexnet_32", "resnet8_32"])
def test_loss_of_a_search_is_that_of_the_network_as_in_use(architecture, few):
    """With dropout, and with statistics of batches, equal weights would have unequal losses."""
    data = LabelledPictures(few.pictures[::5], few.labels[::5])
    run = training_of(architecture, "random-local-search", data, "torch", scale=0.01)
    inputs = run.recipe.prepare(data.pictures)
    for _ in range(6):
        step = run.advance()
        network = run.recipe.build().eval()
        network.load_state_dict(run.engine.weights())
        with torch.no_grad():
            logits = network(inputs)
        loss = functional.cross_entropy(logits, data.labels).item()
        assert step.loss == pytest.approx(loss, abs=1e-5)
        assert step.accuracy == (logits.argmax(1) == data.labels).sum().item() / 40


@pytest.mark.parametrize("scale", [1e25, 1e300])
def test_weights_beyond_all_numbers_are_not_kept(scale, few):
    for engine in ENGINES:
        run = training_of("softmax", "random-search", few, engine, scale=scale)
        before = run.engine.weights()
        with np.errstate(all="ignore"):
            losses = {run.advance().loss for _ in range(4)}
        assert len(losses) == 1
        after = run.engine.weights()
        assert all(torch.equal(after[name], before[name]) for name in before)


# Interruption.


@pytest.mark.parametrize("optimiser", WHOLE_SET)
@pytest.mark.parametrize(
    ("architecture", "engine"),
    [("lenet5", "numpy"), ("lenet5", "torch"), ("alexnet_32", "torch"), ("resnet8_32", "torch")],
)
def test_resumed_run_ends_like_one_that_was_not_stopped(
    architecture, engine, optimiser, few, tmp_path
):
    data = LabelledPictures(few.pictures[::4], few.labels[::4])

    def new():
        return training_of(architecture, optimiser, data, engine, epochs=8)

    with one_thread():
        straight = new()
        losses = [straight.advance().loss for _ in range(8)]
        # Before the first step nothing was evaluated yet.
        for stopped_after in (0, 5):
            with opened(tmp_path, {}) as files:
                first = new()
                for _ in range(stopped_after):
                    first.advance()
                files.save(first)
            with opened(tmp_path, {}) as files:
                second = new()
                files.resume(second)
            assert [second.advance().loss for _ in range(8 - stopped_after)] == losses[
                stopped_after:
            ]
            expected = straight.engine.weights()
            for name, value in second.engine.weights().items():
                assert torch.equal(value, expected[name]), name


class ScriptedControl(QueuedControl):
    """Is told its commands while a portion is computed: before the one of a number."""

    def __init__(self, portion, *names):
        super().__init__()
        self._left = portion
        self._names = names

    def is_interrupting(self):
        self._left -= 1
        if self._left == 0:
            for name in self._names:
                self.tell(Command(name))
        return super().is_interrupting()


def driven(run, directory, control, *, resumes=False):
    """What `drive` returns, and the events."""
    told = io.StringIO()
    reporter = EventReporter(told)
    reporter.started({"steps_total": run.steps, "epochs": run.steps})
    with one_thread(), opened(directory, {}) as files:
        if resumes:
            files.resume(run)
        else:
            files.begin(run)
        is_measured = drive(run, files, reporter, control)
    return is_measured, [json.loads(line) for line in told.getvalue().splitlines()]


def state_of(run):
    """Everything that makes the next step, ready to be compared."""
    tensors, numbers = run.state()
    return {name: value.tolist() for name, value in tensors.items()}, json.dumps(numbers)


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("command", ["pause", "stop", "finish"])
@pytest.mark.parametrize("optimiser", WHOLE_SET)
@pytest.mark.parametrize(
    ("architecture", "engine"),
    [("lenet5", "numpy"), ("lenet5", "torch"), ("alexnet_32", "torch"), ("resnet8_32", "torch")],
)
def test_step_is_given_up_in_its_middle_and_undone(
    architecture, engine, optimiser, *, command, few, tmp_path
):
    """100 pictures are two portions; the second of the third step is not computed any more."""
    data = LabelledPictures(few.pictures[::2], few.labels[::2])

    def new():
        return training_of(architecture, optimiser, data, engine, epochs=4)

    with one_thread():
        straight = new()
        for _ in range(2):
            straight.advance()
        after_two = state_of(straight)
        for _ in range(2):
            straight.advance()
    run = new()
    # A run that pauses is stopped then, for nobody else is there to let it go on.
    told = ("pause", "stop") if command == "pause" else (command,)
    is_measured, events = driven(run, tmp_path, ScriptedControl(6, *told))
    assert is_measured == (command == "finish")
    assert run.steps_done == 2
    assert state_of(run) == after_two
    states = [(each["state"], each["step"]) for each in events if each["event"] == "state"]
    assert states == ([("paused", 2)] if command == "pause" else [])
    again = new()
    driven(again, tmp_path, Control(), resumes=True)
    assert state_of(again) == state_of(straight)


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("optimiser", WHOLE_SET)
def test_interrupted_first_step_and_one_taken_again_at_once_change_no_number(
    optimiser, few, tmp_path
):
    straight, run = (training_of("lenet5", optimiser, few, "torch", epochs=3) for _ in range(2))
    driven(straight, tmp_path / "straight", Control())
    driven(run, tmp_path / "run", ScriptedControl(3, "pause", "resume"))
    assert state_of(run) == state_of(straight)


@pytest.mark.usefixtures("small_portions")
def test_commands_that_can_wait_interrupt_no_step(few, tmp_path):
    run = training_of("softmax", "random-search", few, "torch", epochs=3)
    control = ScriptedControl(2, "resume", "dance")
    seen = []
    run.network.register_forward_hook(lambda *_: seen.append(1))
    driven(run, tmp_path, control)
    # Three steps of four portions.
    assert len(seen) == 12


@pytest.mark.parametrize("optimiser", ["gradient-descent", "random-local-search"])
def test_killed_run_goes_on_to_the_weights_of_one_that_was_not(
    optimiser, two_class_folder, tmp_path
):
    settings = ["lenet5", "--data", f"folder:{two_class_folder}", "--engine", "numpy"]
    further = ["--optimiser", optimiser, "--epochs", "300", "--seed", "3"]
    files = tmp_path / "run"
    with Child(*settings, *further, "--output", tmp_path, "--checkpoints", files) as child:
        child.until(lambda each: each.get("checkpoint") and each.get("step", 0) >= 17)
        child.process.send_signal(signal.SIGKILL)
        assert child.process.wait() == -signal.SIGKILL
    name = "lenet5.folder_halves.safetensors"
    again = ["--output", str(tmp_path), "--checkpoints", str(files), "--resume"]
    assert training.main([*settings, *again]) == 0
    straight = tmp_path / "straight"
    assert training.main([*settings, *further, "--output", str(straight)]) == 0
    assert (tmp_path / name).read_bytes() == (straight / name).read_bytes()
    assert [checkpoint.step for checkpoint in list_checkpoints(files)] == kept_steps(300)


# What can be chosen.


@pytest.mark.parametrize("optimiser", WHOLE_SET)
def test_pictures_stay_as_they_are_and_settings_are_the_optimisers_own(optimiser):
    recipe = RECIPES["lenet5"].choosing({"optimiser": optimiser})
    assert recipe.jitter == Jitter()
    assert recipe.schedule == ("constant" if optimiser == "gradient-descent" else "cosine")
    chosen = recipe.settings
    assert {name for name, value in chosen.items() if value is not None} == {
        "optimiser",
        "epochs",
        *RULES[optimiser].settings,
    }
    assert RECIPES["lenet5"].choosing({"optimiser": optimiser, "epochs": 7}).epochs == 7


def test_setting_that_an_optimiser_does_not_use_is_refused_in_words():
    with pytest.raises(UnusedSettingError, match=r"^momentum: sgd \(w ← w - r g\) does not use it"):
        RECIPES["mlp"].choosing({"optimiser": "sgd", "momentum": 0.5})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--optimiser", "random-search", "--batch-size", "9"], "batch_size: random-search"),
        (
            ["--optimiser", "random-search", "--learning-rate", "1"],
            "settings are scale and epochs.",
        ),
        (["--optimiser", "random-local-search", "--schedule", "constant"], "schedule: random-"),
        (["--optimiser", "gradient-descent", "--momentum", "0.5"], "momentum: gradient-descent"),
        (["--scale", "0.1"], "scale: nesterov"),
        (["--optimiser", "random-search", "--scale", "0"], "--scale"),
        (["--optimiser", "climbing"], "random-local-search"),
        (["--schedule", "linear"], "--schedule"),
    ],
)
def test_command_line_refuses_what_does_not_apply(arguments, complaint, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        training.main(["softmax", *arguments, "--output", str(tmp_path / "new")])
    assert ended.value.code == 2
    assert complaint in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("small_data")
def test_command_line_trains_records_and_resumes(tmp_path, capsys):
    place = ["--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
    command = ["softmax", "--optimiser", "random-local-search", "--scale", "0.03", *place]
    assert training.main([*command, "--epochs", "20"]) == 0
    record = json.loads((tmp_path / "softmax.mnist5k.json").read_text())
    assert record["optimiser"] == {
        "name": "random local search over the whole training set",
        "scale": 0.03,
    }
    assert (record["batch_size"], record["steps"], record["epochs"]) == (None, 20, 20)
    assert record["jitter"]["shift_px"] == 0
    assert "step" in capsys.readouterr().err
    # Settings that are left out are those it had; others are refused here, too.
    assert training.main(["softmax", *place, "--resume"]) == 0
    capsys.readouterr()
    assert training.main(["softmax", *place, "--resume", "--batch-size", "9"]) == 1
    assert "batch_size: random-local-search" in capsys.readouterr().err
    assert training.main(["softmax", *place, "--resume", "--scale", "0.04"]) == 1
    assert "scale was 0.03 and is 0.04" in capsys.readouterr().err


@pytest.mark.usefixtures("small_data")
def test_run_of_an_earlier_version_goes_on(tmp_path, capsys):
    """Then every optimiser was said to have a momentum, and nothing of schedule and scale."""
    place = ["--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
    assert training.main(["softmax", "--optimiser", "sgd", "--epochs", "2", *place]) == 0
    tensors, known = read_state(tmp_path / "run")
    del known["settings"]["schedule"], known["settings"]["scale"]
    known["settings"]["momentum"] = 0.9
    save_file(tensors, tmp_path / "run" / STATE_NAME, {"state": json.dumps(known)})
    # Its learning rate fell to 0: that is told, and another schedule makes another run.
    assert training.main(["softmax", *place, "--resume", "--schedule", "constant"]) == 1
    assert "schedule was 'cosine' and is 'constant'" in capsys.readouterr().err
    assert training.main(["softmax", *place, "--resume", "--schedule", "cosine"]) == 0


@pytest.mark.usefixtures("small_data")
def test_state_of_an_optimiser_that_is_not_known_is_told_so(tmp_path, capsys):
    place = ["--output", str(tmp_path), "--checkpoints", str(tmp_path / "run")]
    assert training.main(["softmax", "--epochs", "1", *place]) == 0
    tensors, known = read_state(tmp_path / "run")
    for optimiser in ("climbing", ["sgd"]):
        known["settings"]["optimiser"] = optimiser
        save_file(tensors, tmp_path / "run" / STATE_NAME, {"state": json.dumps(known)})
        assert training.main(["softmax", *place, "--resume"]) == 1
        assert "optimiser" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_rate_follows_its_schedule(schedule, engine, few):
    recipe = dataclasses.replace(RECIPES["softmax"], jitter=Jitter(), weight_decay=0.0)
    chosen = {"optimiser": "gradient-descent", "schedule": schedule, "epochs": 4}
    run = Training(recipe.choosing({**chosen, "learning_rate": 0.2}), few, SEED, engine)
    # (1 + cos(pi k / 4)) / 2 of 0.2.
    expected = {"constant": [0.2] * 4, "cosine": [0.2, 0.1707107, 0.1, 0.0292893]}[schedule]
    for rate in expected:
        assert run.rate == pytest.approx(rate, abs=1e-7)
        weight, bias, x, labels = classifier(run, few)
        gradient = np.exp(log_softmax(x @ weight.T + bias, axis=1)) - np.eye(10)[labels]
        run.advance()
        found = classifier(run, few)[1]
        np.testing.assert_allclose(bias - found, rate * gradient.mean(0), atol=1e-7)


def test_rules_name_only_what_the_chapter_on_descent_explains():
    for name, rule in RULES.items():
        assert re.fullmatch(r"[wWv] ← .+", rule.rule), name
        # Only a search has a scale, and none of them a rate.
        assert ("s²" in rule.rule) == rule.is_search
        assert (" r " in rule.rule) == ("learning_rate" in rule.settings)
        assert ("m v" in rule.rule) == ("momentum" in rule.settings)
