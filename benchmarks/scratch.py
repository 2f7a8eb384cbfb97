"""What numpy costs beside torch: the convolutions of LeNet-5, and an epoch of training it.

Each convolution is computed by loops over every output, as the formula stands; by one matrix
product over im2col's columns; and by torch. All use one thread, as training does.

Run: `make bench` (python -m benchmarks.scratch).
"""

import os

# Read when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import dataclasses
import statistics
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch.nn import functional

from benchmarks.serving import seconds_of
from models.data.datasets import mnist5k
from models.scratch.convolution import Convolution
from models.training.engines import ENGINES, EngineName
from models.training.recipes import RECIPES
from models.training.run import Training

BATCH = 50
# Of LeNet-5: name, input channels, kernels of 5x5, side of the input.
LAYERS = (("c1", 1, 6, 32), ("c3", 6, 16, 14), ("c5", 16, 120, 5))
RATIO_AIM = 10
EPOCH_AIM_S = 15


def naive_convolution(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """One dot product after the other, for every output of every picture."""
    n, _, height, width = x.shape
    out, _, kernel_h, kernel_w = weight.shape
    y = np.empty((n, out, height - kernel_h + 1, width - kernel_w + 1), dtype=x.dtype)
    for picture in range(n):
        for channel in range(out):
            for row in range(y.shape[2]):
                for column in range(y.shape[3]):
                    patch = x[picture, :, row : row + kernel_h, column : column + kernel_w]
                    y[picture, channel, row, column] = (patch * weight[channel]).sum()
                    y[picture, channel, row, column] += bias[channel]
    return y


def forward_and_backward(layer: Convolution, x: np.ndarray, gradient: np.ndarray) -> None:
    """As one training step needs them."""
    layer.forward(x)
    layer.backward(gradient)


def torch_forward_and_backward(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, gradient: torch.Tensor
) -> None:
    """The same with autograd."""
    torch.autograd.grad(functional.conv2d(x, weight, bias), (x, weight, bias), gradient)


def milliseconds(function: Callable[[], object], rounds: int) -> float:
    """Median of some calls after one that does not count."""
    function()
    return 1000 * statistics.median(seconds_of(function) for _ in range(rounds))


def measure_layers(rounds: int) -> None:
    """Print each convolution of LeNet-5 three ways."""
    print(f"\n### Convolutions of LeNet-5, {BATCH} pictures, ms\n")
    print(
        "| layer | loops | im2col | torch | loops / im2col | im2col / torch (aim 10) "
        "| with backward: im2col | torch | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    generator = np.random.default_rng(0)
    for name, in_channels, out, side in LAYERS:
        x = generator.standard_normal((BATCH, in_channels, side, side)).astype(np.float32)
        weight = generator.standard_normal((out, in_channels, 5, 5)).astype(np.float32)
        bias = generator.standard_normal(out).astype(np.float32)
        layer = Convolution(weight, bias)
        tensors = [torch.from_numpy(each).requires_grad_() for each in (x, weight, bias)]
        y = layer.forward(x)
        one = naive_convolution(x[:1], weight, bias)
        if not np.allclose(one, y[:1], atol=1e-3):
            raise SystemExit(f"The loops and im2col disagree on {name}.")
        loops = 1000 * seconds_of(partial(naive_convolution, x, weight, bias))
        ours = milliseconds(partial(layer.forward, x), rounds)
        with torch.no_grad():
            theirs = milliseconds(partial(functional.conv2d, *tensors), rounds)
        ours_both = milliseconds(partial(forward_and_backward, layer, x, y), rounds)
        theirs_both = milliseconds(
            partial(torch_forward_and_backward, *tensors, torch.from_numpy(y)), rounds
        )
        print(
            f"| {name} | {loops:.0f} | {ours:.2f} | {theirs:.2f} | {loops / ours:.0f} | "
            f"**{ours / theirs:.1f}** | {ours_both:.2f} | {theirs_both:.2f} | "
            f"**{ours_both / theirs_both:.1f}** |"
        )


def measure_epoch(epochs: int) -> None:
    """Print the time of an epoch of LeNet-5 on 4,000 digits with each engine."""
    data = mnist5k()
    recipe = dataclasses.replace(RECIPES["lenet5"], epochs=epochs)
    seconds: dict[EngineName, float] = {}
    print(f"\n### LeNet-5, an epoch of 4,000 digits (aims {EPOCH_AIM_S} s, ratio {RATIO_AIM})\n")
    print("| engine | s |")
    print("|---|---|")
    for engine in ENGINES:
        run = Training(recipe, data.training, seed=0, engine=engine)
        times = [seconds_of(partial(one_epoch, run)) for _ in range(epochs)]
        seconds[engine] = statistics.median(times)
        print(f"| {engine} | **{seconds[engine]:.2f}** |")
    print(f"\nnumpy / torch: **{seconds['numpy'] / seconds['torch']:.2f}**")


def one_epoch(run: Training) -> None:
    """Every picture once."""
    for _ in range(run.batches_per_epoch):
        run.advance()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, numpy {np.__version__}, torch {torch.__version__}")
    measure_layers(arguments.rounds)
    measure_epoch(arguments.epochs)


if __name__ == "__main__":
    main()
