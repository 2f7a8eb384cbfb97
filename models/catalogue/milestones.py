"""Six networks by which the history of the field is told, and the errors that they published."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedError:
    """An error as its paper gives it.

    Attributes:
        percent: of pictures.
        measure: what counts as an error, of how many networks, on which pictures.
        source: where in the paper it stands.
    """

    percent: float
    measure: str
    source: str


@dataclass(frozen=True)
class Milestone:
    """A network and what it is known for; its paper stands with its architecture.

    Attributes:
        model: id of the design, whatever its weights.
        trained: id of it, or of its compact form, with weights that come along.
        name: as it is called where no other is meant.
        known_for: what it won, or where it read.
        changed: what it did that the ones before did not, a sentence.
        error: of the entry that it is known for; mostly several networks, averaged.
        single_error: of one network.
    """

    model: str
    trained: str
    name: str
    known_for: str
    changed: str
    error: PublishedError
    single_error: PublishedError


_TEST = "top-5, {networks}, ImageNet test set"
_VALIDATION = "top-5, {networks}, ImageNet validation set"

MILESTONES: tuple[Milestone, ...] = (
    Milestone(
        model="lenet5.random",
        trained="lenet5.mnist5k",
        name="LeNet-5",
        known_for="read the digits on cheques",
        changed="Convolutions and subsampling in turn, all of it learned from pixels to scores.",
        error=PublishedError(
            0.8, "one network, MNIST test set, trained on distorted digits too", "Figure 9"
        ),
        single_error=PublishedError(0.95, "one network, MNIST test set", "Figure 9"),
    ),
    Milestone(
        model="alexnet_paper.random",
        trained="alexnet_32.mnist5k",
        name="AlexNet",
        known_for="won ILSVRC 2012; the second had 26.2 %",
        changed="A thousand times larger, on photographs: ReLU, dropout, overlapping pooling, and "
        "two GPUs with half of the maps each.",
        error=PublishedError(
            15.3, _TEST.format(networks="seven networks, two of them with more data"), "Table 2"
        ),
        single_error=PublishedError(18.2, _VALIDATION.format(networks="one network"), "Table 2"),
    ),
    Milestone(
        model="zfnet.random",
        trained="zfnet_32.mnist5k",
        name="ZF Net",
        known_for="the network that was looked into",
        changed="AlexNet with a smaller window and stride at the start and no groups, after its "
        "features were made visible by a deconvnet.",
        error=PublishedError(
            14.8, _TEST.format(networks="six networks, ILSVRC 2012 data"), "Table 2"
        ),
        single_error=PublishedError(16.5, _VALIDATION.format(networks="one network"), "Table 2"),
    ),
    Milestone(
        model="vgg16_paper.random",
        trained="vgg_32.mnist5k",
        name="VGG-16",
        known_for="second in ILSVRC 2014",
        changed="Depth out of one small part: windows of three by three pixels only, two or "
        "three layers in a row.",
        error=PublishedError(7.3, _TEST.format(networks="seven networks"), "Table 7"),
        single_error=PublishedError(
            7.5, _VALIDATION.format(networks="one network, several sizes of the picture"), "Table 4"
        ),
    ),
    Milestone(
        model="googlenet_paper.random",
        trained="googlenet_32.mnist5k",
        name="GoogLeNet",
        known_for="won ILSVRC 2014",
        changed="Four lanes side by side, narrowed by one-by-one convolutions; an average in "
        "place of all dense layers but the last.",
        error=PublishedError(6.67, _TEST.format(networks="seven networks"), "Table 2"),
        single_error=PublishedError(
            10.07, _VALIDATION.format(networks="one network, one crop"), "Table 3"
        ),
    ),
    Milestone(
        model="resnet50_paper.random",
        trained="resnet8_32.mnist5k",
        name="ResNet-50",
        known_for="ResNets won ILSVRC 2015",
        changed="A bridge round every block, so that a block learns only what to add; batch "
        "normalisation after every convolution.",
        error=PublishedError(
            3.57, _TEST.format(networks="six residual networks of different depths"), "Table 5"
        ),
        single_error=PublishedError(
            5.25,
            _VALIDATION.format(networks="one network, several sizes of the picture"),
            "Table 4",
        ),
    ),
)
