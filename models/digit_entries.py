"""The designs for handwritten digits: written here, and those with a record trained here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models import papers
from models.architectures.dilated import DilatedNet
from models.architectures.lenet5 import LeNet5
from models.architectures.mlp import MLP
from models.architectures.separable import SeparableNet
from models.architectures.softmax import SoftmaxClassifier
from models.entry import Architecture, ModelEntry, RandomWeights, TrainedWeights
from models.preprocessing import DigitPreprocessing

TRAINED_DIRECTORY = Path(__file__).parent / "trained"
LABELS = tuple("0123456789")

_RAW_28 = DigitPreprocessing(size=28, mean=0.0, std=1.0)
# The pixel range of LeCun et al. 1998, section II.B: background -0.1, ink 1.175.
_LENET_32 = DigitPreprocessing(size=32, mean=0.1 / 1.275, std=1 / 1.275)


@dataclass(frozen=True)
class _Design:
    architecture: Architecture
    preprocessing: DigitPreprocessing


_DESIGNS = (
    _Design(
        Architecture(
            name="lenet5",
            title="LeNet-5",
            family="LeNet",
            paper=papers.LENET,
            build=LeNet5,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=61_706,
            notes="Every map of the third layer sees all six before it (the paper connects them "
            "by a table), subsampling is a plain average without trainable factor and bias, and "
            "the output is linear with softmax instead of radial basis functions.",
        ),
        _LENET_32,
    ),
    _Design(
        Architecture(
            name="softmax",
            title="Linear softmax classifier",
            family="Linear",
            paper=papers.SOFTMAX,
            build=SoftmaxClassifier,
            classes=10,
            input_shape=(1, 28, 28),
            parameters=7_850,
            notes="One template a class: each score is the dot product of the picture with a row "
            "of W, plus a bias.",
        ),
        _RAW_28,
    ),
    _Design(
        Architecture(
            name="mlp",
            title="Multi-layer perceptron",
            family="Linear",
            paper=papers.MLP,
            build=MLP,
            classes=10,
            input_shape=(1, 28, 28),
            parameters=109_386,
            notes="Three fully connected layers with ReLU between them: 784, 128, 64, 10.",
        ),
        _RAW_28,
    ),
    _Design(
        Architecture(
            name="dilated_net",
            title="DilatedNet",
            family="Dilated",
            paper=papers.DILATED,
            build=DilatedNet,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=21_442,
            notes="A small network of ours after the context module of the paper: 3x3 kernels "
            "that spread apart from layer to layer, at full resolution.",
        ),
        _LENET_32,
    ),
    _Design(
        Architecture(
            name="separable_net",
            title="SeparableNet",
            family="MobileNet",
            paper=papers.MOBILENET_V1,
            build=SeparableNet,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=36_874,
            notes="A small network of ours after the paper: every convolution split into a "
            "depthwise 3x3 and a pointwise 1x1.",
        ),
        _LENET_32,
    ),
)


def entries() -> Iterator[ModelEntry]:
    """All entries: of each design the trained one, where there is one, then the random one."""
    for design in _DESIGNS:
        weights = TrainedWeights(
            path=TRAINED_DIRECTORY / f"{design.architecture.name}.mnist5k.safetensors",
            source="trained by models.training on 4,000 MNIST digits",
        )
        if weights.record_path.exists():
            record = json.loads(weights.record_path.read_text())
            yield ModelEntry(
                architecture=design.architecture,
                tag="mnist5k",
                origin="trained_here",
                weights=weights,
                preprocessing=design.preprocessing,
                labels=LABELS,
                metrics=f"{record['held_out_accuracy']:.1%} of 1,000 held-out digits",
            )
        yield ModelEntry(
            architecture=design.architecture,
            tag="random",
            origin="random",
            weights=RandomWeights(),
            preprocessing=design.preprocessing,
            labels=LABELS,
        )
