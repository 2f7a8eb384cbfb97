"""Every convolutional classifier of torchvision, with every set of weights it publishes.

Titles, families and papers are said here; names, files, hashes, preprocessing, labels and accuracy
are those of torchvision's own registry, see `torchvision_registry`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.catalogue import papers
from models.catalogue.entry import Architecture, ModelEntry, Paper, PublishedWeights, RandomWeights
from models.catalogue.library_design import LibraryDesign
from models.catalogue.torchvision_registry import RegisteredWeights, registry
from models.preprocessing.preprocessing import PhotographPreprocessing

_MEBIBYTE = 2**20


@dataclass(frozen=True)
class _Family:
    """What torchvision's registry does not say about the designs whose names match `pattern`.

    `title` is a `re.Match.expand` template over `pattern`.
    """

    pattern: str
    title: str
    name: str
    paper: Paper
    notes: str = ""


_FAMILIES = (
    _Family(
        r"alexnet",
        "AlexNet (one tower)",
        "AlexNet",
        papers.ONE_WEIRD_TRICK,
        "The single-tower variant of 2014: no groups, no local response normalisation, 64 kernels "
        "in the first layer. alexnet_paper is the design of 2012.",
    ),
    _Family(r"vgg(\d+)", r"VGG-\1", "VGG", papers.VGG),
    _Family(
        r"vgg(\d+)_bn",
        r"VGG-\1 with batch norm",
        "VGG",
        papers.VGG,
        "Batch normalisation after every convolution, which the paper does not have.",
    ),
    _Family(
        r"googlenet",
        "GoogLeNet (batch norm)",
        "Inception",
        papers.GOOGLENET,
        "torchvision's variant: batch normalisation instead of local response normalisation, and "
        "3x3 convolutions where the paper has 5x5. Without the auxiliary heads, which serve "
        "training only. googlenet_paper is the design of the paper.",
    ),
    _Family(
        r"inception_v3",
        "Inception v3",
        "Inception",
        papers.INCEPTION_V3,
        "Without the auxiliary head, which serves training only.",
    ),
    _Family(
        r"resnet(18|34)",
        r"ResNet-\1",
        "ResNet",
        papers.RESNET,
    ),
    _Family(
        r"resnet(\d+)",
        r"ResNet-\1",
        "ResNet",
        papers.RESNET,
        "Strides in the 3x3 convolution of a bottleneck (the variant called v1.5); the paper "
        "strides in the first 1x1.",
    ),
    _Family(r"resnext(\d+)_(\d+)x(\d+)d", r"ResNeXt-\1 \2x\3d", "ResNeXt", papers.RESNEXT),
    _Family(r"wide_resnet(\d+)_(\d)", r"Wide ResNet-\1-\2", "ResNet", papers.WIDE_RESNET),
    _Family(r"densenet(\d+)", r"DenseNet-\1", "DenseNet", papers.DENSENET),
    _Family(r"squeezenet(\d)_(\d)", r"SqueezeNet \1.\2", "SqueezeNet", papers.SQUEEZENET),
    _Family(r"mobilenet_v2", "MobileNetV2", "MobileNet", papers.MOBILENET_V2),
    _Family(r"mobilenet_v3_(\w+)", r"MobileNetV3 \1", "MobileNet", papers.MOBILENET_V3),
    _Family(
        r"shufflenet_v2_x(\d)_(\d)", r"ShuffleNetV2 x\1.\2", "ShuffleNet", papers.SHUFFLENET_V2
    ),
    _Family(r"mnasnet(\d)_(\d+)", r"MnasNet \1.\2", "MnasNet", papers.MNASNET),
    _Family(r"efficientnet_b(\d)", r"EfficientNet-B\1", "EfficientNet", papers.EFFICIENTNET),
    _Family(r"efficientnet_v2_(\w)", r"EfficientNetV2-\1", "EfficientNet", papers.EFFICIENTNET_V2),
    _Family(r"regnet_([xy])_(\d+)([mg]f)", r"RegNet-\1 \2 \3", "RegNet", papers.REGNET),
    _Family(r"regnet_([xy])_(\d+)_(\d+)([mg]f)", r"RegNet-\1 \2.\3 \4", "RegNet", papers.REGNET),
    _Family(r"convnext_(\w+)", r"ConvNeXt \1", "ConvNeXt", papers.CONVNEXT),
)

# Both published files hold auxiliary heads and expect inputs on another scale, which the module
# then corrects itself; building every tag this way keeps one graph for one architecture.
_BUILD_OPTIONS: dict[str, dict[str, bool]] = {
    "googlenet": {"aux_logits": False, "transform_input": True, "init_weights": True},
    "inception_v3": {"aux_logits": False, "transform_input": True, "init_weights": True},
}
_IGNORED_PREFIXES = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}

# The registry counts the auxiliary head that is left out here.
_PARAMETERS = {"inception_v3": 23_834_568}


def entries() -> Iterator[ModelEntry]:
    """All entries: of each network, its published weights (the best first), then random ones."""
    for name, published in registry().networks.items():
        yield from _entries_of(name, published)


def _family_of(name: str) -> tuple[_Family, str]:
    for family in _FAMILIES:
        if match := re.fullmatch(family.pattern, name):
            return family, match.expand(family.title)
    raise LookupError(f"torchvision's {name!r} belongs to no family of {__name__}; add it there.")


def _build(name: str) -> LibraryDesign:
    options = {"weights": None, **_BUILD_OPTIONS.get(name, {})}
    return LibraryDesign("torchvision.models", "get_model", name, options)


def _entries_of(name: str, published: tuple[RegisteredWeights, ...]) -> Iterator[ModelEntry]:
    family, title = _family_of(name)
    default = published[0]
    architecture = Architecture(
        name=name,
        title=title,
        family=family.name,
        paper=family.paper,
        build=_build(name),
        classes=len(registry().labels),
        input_shape=(3, default.crop, default.crop),
        parameters=_PARAMETERS.get(name, default.parameters),
        notes=family.notes,
    )
    for weights in published:
        yield _published_entry(architecture, weights)
    yield ModelEntry(
        architecture=architecture,
        tag="random",
        origin="random",
        weights=RandomWeights(),
        preprocessing=_preprocessing(default),
        labels=registry().labels,
    )


def _preprocessing(weights: RegisteredWeights) -> PhotographPreprocessing:
    return PhotographPreprocessing(
        resize=weights.resize,
        crop=weights.crop,
        interpolation=weights.interpolation,
        mean=weights.mean,
        std=weights.std,
    )


def _published_entry(architecture: Architecture, weights: RegisteredWeights) -> ModelEntry:
    file_name = weights.url.rsplit("/", 1)[-1]
    hash_prefix = re.fullmatch(r".+-([0-9a-f]{8,})\.pth", file_name)
    if hash_prefix is None:
        raise LookupError(f"{file_name} does not end in a hash, so it could not be checked.")
    return ModelEntry(
        architecture=architecture,
        tag=weights.name.lower(),
        origin="pretrained",
        weights=PublishedWeights(
            url=weights.url,
            sha256_prefix=hash_prefix[1],
            size_bytes=round(weights.megabytes * _MEBIBYTE),
            source=f"torchvision, {weights.name}",
            licence="CC-BY-NC-4.0 (SWAG)" if weights.has_own_licence else "BSD-3-Clause",
            ignored_prefixes=_IGNORED_PREFIXES.get(architecture.name, ()),
        ),
        preprocessing=_preprocessing(weights),
        labels=registry().labels,
        metrics=f"ImageNet-1k top-1 {weights.top1} %, top-5 {weights.top5} %",
    )
