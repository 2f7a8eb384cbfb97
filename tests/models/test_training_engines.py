"""The two engines: the same steps, the same accuracy, and what numpy lacks."""

import dataclasses
import json
import subprocess

import numpy as np
import pytest
import torch
from torch import nn
from training_child import COMMAND, REPOSITORY

from models.data.dataset import LabelledPictures
from models.training import command as training
from models.training.engines import TorchEngine
from models.training.numpy_engine import (
    NumpyEngine,
    UnsupportedByNumpyError,
    graph_of,
    has_every_part,
)
from models.training.recipes import RECIPES, Jitter
from models.training.run import Training

FAST = dataclasses.replace(RECIPES["lenet5"], epochs=2, batch_size=40)

pytestmark = pytest.mark.usefixtures("private_cache", "one_blas_thread")


@pytest.mark.parametrize(
    ("architecture", "optimiser"),
    [
        ("softmax", "nesterov"),
        ("mlp", "nesterov"),
        ("lenet5", "sgd"),
        ("lenet5", "momentum"),
        ("lenet5", "nesterov"),
        ("vgg_32", "nesterov"),
    ],
)
def test_engines_agree_in_their_first_steps(architecture, optimiser, few):
    recipe = dataclasses.replace(RECIPES[architecture], epochs=1, batch_size=20)
    recipe = dataclasses.replace(recipe, optimiser=optimiser)
    runs = [Training(recipe, few, seed=2, engine=engine) for engine in ("torch", "numpy")]
    for _ in range(3):
        steps = [run.advance() for run in runs]
        assert steps[0].loss == pytest.approx(steps[1].loss, abs=1e-5)
        ours, theirs = runs[1].engine.weights(), runs[0].engine.weights()
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            torch.testing.assert_close(value, theirs[name], atol=1e-5, rtol=0)
    inputs = recipe.prepare(few.pictures[:30])
    torch.testing.assert_close(
        runs[1].engine.logits(inputs), runs[0].engine.logits(inputs), atol=1e-4, rtol=0
    )


def test_engines_agree_on_a_branching_network_in_double_precision(few):
    # In single precision a pooling over nearly equal values may route its gradient elsewhere.
    pictures = LabelledPictures(few.pictures.double(), few.labels)
    recipe = dataclasses.replace(
        RECIPES["googlenet_32"],
        build=lambda: RECIPES["googlenet_32"].build().double(),
        epochs=1,
        batch_size=10,
        jitter=Jitter(),
    )
    runs = [Training(recipe, pictures, seed=2, engine=each) for each in ("torch", "numpy")]
    for _ in range(2):
        steps = [run.advance() for run in runs]
        assert steps[0].loss == pytest.approx(steps[1].loss, abs=1e-12)
        ours, theirs = runs[1].engine.weights(), runs[0].engine.weights()
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            torch.testing.assert_close(value, theirs[name], atol=1e-10, rtol=0)


@pytest.mark.full
def test_engines_reach_the_same_accuracy_with_lenet5(tmp_path):
    accuracies = {}
    for engine in ("torch", "numpy"):
        output = tmp_path / engine
        subprocess.run(
            [*COMMAND, "lenet5", "--engine", engine, "--output", str(output)],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
        )
        record = json.loads((output / "lenet5.mnist5k.json").read_text())
        assert record["engine"] == engine
        accuracies[engine] = record["held_out_accuracy"]
    assert accuracies["numpy"] >= 0.97
    assert abs(accuracies["numpy"] - accuracies["torch"]) <= 0.005


@pytest.mark.parametrize(
    ("architecture", "missing"),
    [
        ("alexnet_32", "ResponseNormalisation"),
        ("resnet8_32", "BatchNorm2d"),
        ("separable_net", "BatchNorm2d"),
    ],
)
@pytest.mark.usefixtures("small_data")
def test_design_that_numpy_lacks_a_part_of_is_refused_by_name(
    architecture, missing, tmp_path, capsys
):
    arguments = [architecture, "--engine", "numpy", "--output", str(tmp_path)]
    assert training.main(arguments) == 1
    said = capsys.readouterr().err
    assert missing in said
    assert "torch engine" in said
    assert list(tmp_path.iterdir()) == []


def test_module_used_twice_with_weights_is_refused():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            return self.layer(self.layer(x))

    with pytest.raises(UnsupportedByNumpyError, match="used twice"):
        graph_of(Twice())


@pytest.mark.parametrize("architecture", RECIPES)
def test_numpy_is_offered_for_the_designs_that_it_can_train(architecture):
    """What is asked of the modules alone is what tracing the network says."""
    network = RECIPES[architecture].build()
    try:
        graph_of(network)
    except UnsupportedByNumpyError:
        can = False
    else:
        can = True
    assert has_every_part(network) == can
    # Response normalisation, dropout and batch normalisation are in none of these alone.
    assert can == (architecture in {"softmax", "mlp", "lenet5", "googlenet_32", "vgg_32"})


def test_graph_of_a_residual_network_computes_what_the_module_does():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()
            self.conv = nn.Conv2d(2, 2, 3, padding=1, groups=2, dilation=1)
            self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.mean = nn.AdaptiveAvgPool2d(1)

        def forward(self, x):
            x = self.relu(self.conv(x) + x)
            return self.mean(self.relu(torch.cat([x, self.pool(x).new_zeros(0)], 1)))

    with pytest.raises(UnsupportedByNumpyError, match="new_zeros"):
        graph_of(Residual())

    class Supported(Residual):
        def forward(self, x):
            x = self.relu(self.conv(x) + x)
            return self.mean(self.relu(torch.cat([self.pool(x), self.pool(x)], dim=1)))

    torch.manual_seed(0)
    module = Supported()
    x = torch.randn(2, 2, 6, 7)
    with torch.no_grad():
        expected = module(x)
    np.testing.assert_allclose(graph_of(module).forward(x.numpy()), expected, atol=1e-6)


@pytest.mark.parametrize("engine", ["torch", "numpy"])
@pytest.mark.usefixtures("small_data")
def test_loss_that_is_no_number_is_said_by_both_engines(engine, tmp_path, capsys):
    arguments = ["mlp", "--learning-rate", "1e30", "--engine", engine, "--output", str(tmp_path)]
    with np.errstate(all="ignore"):
        assert training.main(arguments) == 1
    said = capsys.readouterr().err
    assert "diverged in epoch 1" in said
    assert "below 1e+30" in said
    assert list(tmp_path.iterdir()) == []


def test_engine_learns_nothing_from_a_loss_that_is_no_number():
    recipe = dataclasses.replace(FAST, jitter=Jitter())
    network = recipe.build()
    pictures, labels = torch.full((2, 1, 32, 32), float("nan")), torch.tensor([1, 2])
    for engine in (TorchEngine(network, recipe, 10, seed=0), NumpyEngine(network, recipe, 10)):
        before = engine.weights()
        loss, _ = engine.step([(pictures, labels)], 2)
        assert np.isnan(loss)
        after = engine.weights()
        assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "nesterov"])
def test_optimiser_of_the_torch_engine_is_the_one_asked_for(optimiser, few):
    # Two steps by hand from the gradients that autograd gives.
    recipe = dataclasses.replace(FAST, optimiser=optimiser, epochs=100, weight_decay=0.0)
    run = Training(recipe, few, seed=0)
    weight = run.network.output.bias
    start, gradients = weight.detach().clone(), []
    for _ in range(2):
        run.advance()
        gradients.append(weight.grad.clone())
    rates = [0.05 * (1 + np.cos(np.pi * step / run.steps)) / 2 for step in range(2)]
    first, second = gradients
    expected = {
        "sgd": start - rates[0] * first - rates[1] * second,
        "momentum": start - rates[0] * first - rates[1] * (0.9 * first + second),
        "nesterov": start
        - rates[0] * (first + 0.9 * first)
        - rates[1] * (second + 0.9 * (0.9 * first + second)),
    }[optimiser]
    torch.testing.assert_close(weight.detach(), expected, atol=1e-6, rtol=0)
