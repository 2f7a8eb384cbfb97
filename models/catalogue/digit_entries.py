"""The designs for handwritten digits: written here, and those with a record trained here."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from models.architectures.alexnet_32 import AlexNet32
from models.architectures.dilated import DilatedNet
from models.architectures.googlenet_32 import GoogLeNet32
from models.architectures.lenet5 import LeNet5
from models.architectures.mlp import MLP
from models.architectures.resnet_32 import ResNet32
from models.architectures.separable import SeparableNet
from models.architectures.softmax import SoftmaxClassifier
from models.architectures.vgg_32 import VGG32
from models.architectures.zfnet_32 import ZFNet32
from models.catalogue import papers
from models.catalogue.entry import Architecture, ModelEntry, RandomWeights, TrainedWeights
from models.disk.checked_fields import DamagedRecordError, read_record, warn_once
from models.disk.trained import TRAINED_DIRECTORY
from models.preprocessing.preprocessing import DigitPreprocessing

LABELS = tuple("0123456789")

_logger = logging.getLogger(__name__)

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
    _Design(
        Architecture(
            name="alexnet_32",
            title="AlexNet for 32x32",
            family="AlexNet",
            paper=papers.ALEXNET,
            build=AlexNet32,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=178_058,
            notes="The layers of the paper in miniature: large first kernels that skip pixels "
            "(7x7 at stride 2), response normalisation, overlapping pooling, two towers, dropout.",
        ),
        _LENET_32,
    ),
    _Design(
        Architecture(
            name="zfnet_32",
            title="ZF Net for 32x32",
            family="ZF Net",
            paper=papers.ZFNET,
            build=ZFNet32,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=259_002,
            notes="What the paper changed in AlexNet, in miniature: smaller first kernels that "
            "skip no pixel (5x5 at stride 1), one tower, wide middle layers.",
        ),
        _LENET_32,
    ),
    _Design(
        Architecture(
            name="vgg_32",
            title="VGG-9 for 32x32",
            family="VGG",
            paper=papers.VGG,
            build=VGG32,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=184_778,
            notes="Four blocks of 3x3 convolutions, after configuration A of the paper without its "
            "fifth, with a quarter of the channels and less.",
        ),
        _LENET_32,
    ),
    _Design(
        Architecture(
            name="googlenet_32",
            title="GoogLeNet for 32x32",
            family="Inception",
            paper=papers.GOOGLENET,
            build=GoogLeNet32,
            classes=10,
            input_shape=(1, 32, 32),
            parameters=61_046,
            notes="Three Inception modules instead of nine, an eighth of the channels, no response "
            "normalisation and no auxiliary heads.",
        ),
        _LENET_32,
    ),
    _Design(
        Architecture(
            name="resnet8_32",
            title="ResNet-8 for 32x32",
            family="ResNet",
            paper=papers.RESNET,
            build=partial(ResNet32, 1),
            classes=10,
            input_shape=(1, 32, 32),
            parameters=77_754,
            notes="The paper's design for small pictures (its section 4.2) with n = 1: three "
            "stages of one block. Shortcuts that change shape are 1x1 convolutions (option B).",
        ),
        _LENET_32,
    ),
)


def designs() -> dict[str, Architecture]:
    """The designs for digits by name."""
    return {design.architecture.name: design.architecture for design in _DESIGNS}


def entries() -> Iterator[ModelEntry]:
    """All entries: of each design the trained one, where there is one, then the random one."""
    for design in _DESIGNS:
        trained = _trained(design)
        if trained is not None:
            yield trained
        yield ModelEntry(
            architecture=design.architecture,
            tag="random",
            origin="random",
            weights=RandomWeights(),
            preprocessing=design.preprocessing,
            labels=LABELS,
        )


def _trained(design: _Design) -> ModelEntry | None:
    """The design with the weights that ship; None where there is no record, or a damaged one."""
    path = TRAINED_DIRECTORY / f"{design.architecture.name}.mnist5k.safetensors"
    record_path = path.with_suffix(".json")
    try:
        if not record_path.exists():
            return None
        record = read_record(record_path)
        accuracy, sha256 = record.share("held_out_accuracy"), record.text("weights_sha256")
    except (DamagedRecordError, OSError) as error:
        warn_once(_logger, f"{design.architecture.name}.mnist5k is left out: {error}")
        return None
    return ModelEntry(
        architecture=design.architecture,
        tag="mnist5k",
        origin="trained_here",
        weights=TrainedWeights(
            path=path,
            source="trained by models.training on 4,000 MNIST digits",
            sha256=sha256,
        ),
        preprocessing=design.preprocessing,
        labels=LABELS,
        metrics=f"{accuracy:.1%} of 1,000 held-out digits",
    )
