"""Occlusion: how far the target falls while a square of the picture is covered."""

from collections.abc import Sequence

from app.inspection.activations.capture import capture
from app.inspection.attribution.baselines import BASELINES, baseline
from app.inspection.attribution.contract import Attribution, Method, Option, Options, Subject
from app.inspection.occlusion.occlusion import checked_patches
from app.inspection.occlusion.occlusion import occlusion as occlude
from app.inspection.progress import Progress
from models.catalogue.entry import Paper

# Squares along the longer side, unless told: 32 px of 224, half a square from one to the next.
_SQUARES = 7
_FILLS = tuple(name for name in BASELINES if name != "blurred")


def occlusion(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """S = y(x) - the mean of y over the covered pictures that hide the pixel.

    Only what a square can reach is computed anew, which changes nothing but the time, see
    `app.inspection.occlusion.occlusion`. A size of 0 is a seventh of the input's longer side, a
    stride of 0 half the square.

    Source: Zeiler, Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 4.2.
    """
    patch, stride = _sizes(subject.graph.input_shape, options)
    activations = subject.activations
    if any(layer.id not in activations for layer in subject.graph.layers):
        # The layers of a large network are not all kept, and those of another are none of these.
        activations = capture(subject.graph, subject.tensor)
    cover = baseline(subject, str(options["fill"]))[0, :, 0, 0]
    found = occlude(
        subject.graph,
        subject.tensor,
        activations,
        subject.target,
        patch=patch,
        stride=stride,
        fill=cover,
        progress=progress,
    )
    return Attribution(
        found.heat,
        found.baseline,
        facts={"patch": float(patch), "stride": float(stride), "patches": float(found.scores.size)},
    )


def _sizes(input_shape: Sequence[int], options: Options) -> tuple[int, int]:
    """Side of the square and stride, px of an input (channels, height, width)."""
    longer, shorter = max(input_shape[1:]), min(input_shape[1:])
    patch = int(options["patch"]) or min(max(1, longer // _SQUARES), shorter)
    return patch, int(options["stride"]) or max(1, patch // 2)


def _check(input_shape: Sequence[int], options: Options) -> None:
    _, height, width = input_shape
    checked_patches((height, width), *_sizes(input_shape, options))


METHOD = Method(
    name="occlusion",
    title="Occlusion",
    summary="Covers the picture square by square: how far the score falls. No gradient.",
    formula="S = y(x) - mean of y(x covered at s), over the squares s that hide the pixel",
    paper=Paper(
        "Visualizing and Understanding Convolutional Networks",
        "Zeiler, Fergus",
        2014,
        "https://arxiv.org/abs/1311.2901",
    ),
    run=occlusion,
    options=(
        Option(
            "patch",
            "square",
            "Its side in pixels of the input; 0: a seventh of the input.",
            "integer",
            0,
            0,
            1024,
        ),
        Option(
            "stride",
            "stride",
            "Pixels from one square to the next; 0: half a square.",
            "integer",
            0,
            0,
            1024,
        ),
        Option(
            "fill", "covered by", "The mean colour, or black.", "choice", "mean", choices=_FILLS
        ),
    ),
    check=_check,
    is_long=True,
)
