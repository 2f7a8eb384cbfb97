"""The terms of the field that the microscope uses: each in a sentence or two, with its chapter.

A page gets them with itself (`glossary`), so that a tap on a term needs no request;
`static/js/shared/term.js` makes a word of a page one that can be tapped.
"""

# ruff: noqa: RUF001  pages write real minus and multiplication signs

from dataclasses import dataclass
from typing import Any

from app.web.learn.chapters import CHAPTERS, Chapter


@dataclass(frozen=True)
class Term:
    """A word of the field.

    Attributes:
        key: by which scripts name it.
        name: as a heading.
        sentences: one or two, plain.
        chapter: slug of the chapter where it can be moved by hand.
        section: of that chapter; empty for its beginning.
        operations: layers that are explained by it, by the name of what they do.
    """

    key: str
    name: str
    sentences: str
    chapter: str
    section: str = ""
    operations: tuple[str, ...] = ()

    @property
    def its_chapter(self) -> Chapter:
        return next(each for each in CHAPTERS if each.slug == self.chapter)

    @property
    def address(self) -> str:
        """Beneath the root."""
        return f"learn/{self.chapter}{'#' if self.section else ''}{self.section}"


TERMS: tuple[Term, ...] = (
    Term(
        "activation-function",
        "Activation function",
        "A function of one number, applied to every number of a layer: sigmoid, tanh, SiLU, GELU. "
        "It bends what would otherwise stay linear.",
        "bend",
        "functions",
        ("silu", "gelu", "hardswish", "hardsigmoid", "tanh", "relu6", "leaky_relu", "elu"),
    ),
    Term(
        "argmax",
        "Argmax",
        "Which of several numbers is the largest, not how large it is: of scores, the class that "
        "the network says; of a window, the place that max pooling takes.",
        "scores",
        "limits",
    ),
    Term(
        "average-pooling",
        "Average pooling",
        "The mean of each window, or of each whole map, stands for it. The map becomes smaller, "
        "and where in the window something was is lost.",
        "convolution",
        "layer",
        ("average_pool", "adaptive_average_pool", "mean"),
    ),
    Term(
        "batch-normalisation",
        "Batch normalisation",
        "From each channel its mean is subtracted, and the rest divided by its standard deviation, "
        "both as training measured them; then learned numbers scale and shift it.",
        "designs",
        "",
        ("batch_norm",),
    ),
    Term(
        "bias",
        "Bias",
        "A learned number that is added to a weighted sum, whatever the input is.",
        "templates",
        "fall",
    ),
    Term(
        "channel",
        "Channel",
        "One of the maps that stand side by side in a layer, each made by a filter of its own; in "
        "a picture red, green and blue.",
        "tensors",
        "numbers",
    ),
    Term(
        "concatenation",
        "Concatenation",
        "The channels of several layers, put behind each other as those of one.",
        "designs",
        "",
        ("concatenate",),
    ),
    Term(
        "convolution",
        "Convolution",
        "One small grid of weights is laid over every place of the input; the weighted sum at each "
        "place is a number of one map of the output.",
        "convolution",
        "slide",
        ("convolution",),
    ),
    Term(
        "cosine",
        "Cosine",
        "The dot product of two lists of numbers, divided by their lengths: 1 for the same "
        "direction, 0 for a right angle, −1 for the opposite.",
        "tensors",
        "alike",
    ),
    Term(
        "cross-entropy",
        "Loss, cross-entropy",
        "What an answer costs: −ln of the probability that the right class was given. Training "
        "makes its mean over many pictures small.",
        "loss",
        "five",
    ),
    Term(
        "dense",
        "Dense layer",
        "Every output is a weighted sum of all inputs and a bias. Also called linear, or fully "
        "connected.",
        "templates",
        "fall",
        ("linear",),
    ),
    Term(
        "depthwise",
        "Depthwise convolution",
        "Each kernel reads one channel alone, and nothing is mixed. With a convolution of 1 × 1 "
        "behind it, it does much of the work of an ordinary one for a fraction of the cost.",
        "fields",
        "swap",
    ),
    Term(
        "dilation",
        "Dilation",
        "How far apart the places are that a kernel reads: with dilation 2 it leaves out every "
        "second one, and reaches farther with as many weights.",
        "fields",
        "swap",
    ),
    Term(
        "dot-product",
        "Dot product",
        "Two lists of numbers, multiplied place by place and added up: large where both are large "
        "in the same places, with the same sign.",
        "tensors",
        "alike",
    ),
    Term(
        "effective-field",
        "Effective receptive field",
        "How much each pixel of the receptive field really changes a unit, by its gradient: much "
        "in the middle, hardly anything at the edge, as a rule.",
        "fields",
    ),
    Term(
        "entropy",
        "Entropy",
        "How undecided a distribution is, in bits: 0 if one class has everything, log₂ c if all c "
        "classes have the same.",
        "loss",
        "bits",
    ),
    Term(
        "feature-map",
        "Feature map, activation",
        "What one channel of a layer computed for this picture: a number for every place where its "
        "filter was laid.",
        "convolution",
        "slide",
    ),
    Term(
        "filter",
        "Filter",
        "The kernels, one for each map that is read, that together make one map of the output.",
        "convolution",
        "slide",
    ),
    Term(
        "flatten",
        "Flatten",
        "All numbers of all maps, written one after the other as a single list.",
        "templates",
        "flat",
        ("flatten",),
    ),
    Term(
        "frobenius",
        "Frobenius norm",
        "The length of a whole matrix or filter: the root of the sum of the squares of all its "
        "numbers.",
        "tensors",
        "far",
    ),
    Term(
        "gradient",
        "Gradient",
        "How fast a number, such as a score, changes with each of the numbers it depends on. "
        "Backpropagation computes all of them in one pass.",
        "backpropagation",
        "rule",
    ),
    Term(
        "im2col",
        "im2col",
        "All patches of the input, each written as a row of one matrix: multiplied by the matrix "
        "of the kernels, they give the convolution at once.",
        "convolution",
    ),
    Term(
        "kernel",
        "Kernel",
        "The small grid of weights that a convolution multiplies with a patch of one map, number "
        "by number, and adds up.",
        "convolution",
        "slide",
    ),
    Term(
        "layer-normalisation",
        "Normalisation within a picture",
        "The numbers of this one picture are brought to a common mean and size, by themselves or "
        "by their neighbours, and not by what training measured.",
        "designs",
        "",
        ("layer_norm", "local_response_norm", "group_norm", "instance_norm"),
    ),
    Term(
        "logit",
        "Logit, score",
        "What the last layer gives a class: any number, without a unit. For softmax only the gaps "
        "between the scores count.",
        "scores",
        "drag",
    ),
    Term(
        "max-pooling",
        "Max pooling",
        "The largest number of each window stands for it. The map becomes smaller, and where in "
        "the window it was is lost.",
        "convolution",
        "layer",
        ("max_pool",),
    ),
    Term(
        "multiply-adds",
        "Multiply-adds",
        "Also called MACs, for multiply-accumulates. How many products are added to a sum for one "
        "picture: most of what computing the layer takes.",
        "why-convnets",
        "count",
    ),
    Term(
        "norm",
        "Norm",
        "A length of a list of numbers. L1 adds up the magnitudes, L2 is the root of the sum of "
        "squares, L∞ is the largest magnitude.",
        "tensors",
        "far",
    ),
    Term(
        "padding",
        "Padding",
        "Places around a map, mostly of zeros, so that a kernel can stand at the border too. Of a "
        "field: how far the first one reaches beyond the picture.",
        "convolution",
        "size",
    ),
    Term(
        "parameters",
        "Parameters",
        "The numbers that training changes, such as weights and biases.",
        "why-convnets",
        "count",
    ),
    Term(
        "patch",
        "Patch",
        "What one unit of a convolution reads: a piece of its input, with a number for each of its "
        "weights.",
        "convolution",
        "slide",
    ),
    Term(
        "projective-field",
        "Projective field",
        "All units of later layers that a pixel, or a unit, can change: a receptive field looked "
        "at from the other end.",
        "convolution-gradients",
        "uses",
    ),
    Term(
        "receptive-field",
        "Receptive field",
        "The pixels that can reach a unit. What lies outside cannot change its value.",
        "fields",
        "depth",
    ),
    Term(
        "relu",
        "ReLU",
        "max(0, x): what is negative becomes 0, the rest passes as it is. Without such a bend, any "
        "stack of layers is one linear layer.",
        "bend",
        "functions",
        ("relu",),
    ),
    Term(
        "residual",
        "Residual addition",
        "Two layers are added number by number, often what went into a block to what came out: so "
        "it passes unchanged beside the block, and so does the gradient on its way back.",
        "designs",
        "",
        ("add",),
    ),
    Term(
        "saliency",
        "Saliency map",
        "How much each pixel speaks for a class, or against it. Methods mean different things by "
        "that, so lay several beside each other.",
        "backpropagation",
        "own",
    ),
    Term(
        "occlusion",
        "Occlusion",
        "A patch of the picture is covered, place by place, and the score is read: where it falls "
        "most, it depends most on what is there.",
        "designs",
    ),
    Term(
        "shape",
        "Shape",
        "How many numbers a layer returns for one picture: channels × height × width, or a single "
        "list.",
        "tensors",
        "numbers",
    ),
    Term(
        "sigmoid",
        "Sigmoid",
        "1 / (1 + e⁻ᵗ) of one number t alone: a half at 0, towards 0 and 1 far out. The sigmoids "
        "of several classes need not add up to 1.",
        "scores",
        "limits",
        ("sigmoid",),
    ),
    Term(
        "softmax",
        "Softmax",
        "Probabilities out of scores: e to the power of each, divided by the sum over all classes. "
        "A gap of 1 makes the upper e = 2.718 times as probable.",
        "scores",
        "drag",
    ),
    Term(
        "stride",
        "Stride",
        "How many places a kernel or window moves at a time. Of a field: how many pixels "
        "apart neighbouring units look.",
        "convolution",
        "size",
    ),
    Term(
        "template",
        "Template",
        "The weights of a unit, seen as what it looks for: of patches of the same length, the one "
        "that fits best has the largest dot product.",
        "templates",
        "fall",
    ),
)


def glossary() -> dict[str, dict[str, Any]]:
    """All terms by their key, as a page takes them: their addresses lead from the root."""
    return {
        term.key: {
            "name": term.name,
            "sentences": term.sentences,
            "address": term.address,
            "chapter": term.its_chapter.question,
            **({"operations": term.operations} if term.operations else {}),
        }
        for term in TERMS
    }
