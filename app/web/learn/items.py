"""The notes that the course grew from, thing by thing: what each is, and who shows it.

A chapter says in its template what can be seen where (`items` of its sections). What else can be
seen is said here, and which chapter a thing belongs to.
"""

# ruff: noqa: RUF001  names as the notes write them, with real minus and multiplication signs

from dataclasses import dataclass

from app.web.learn.chapters import CHAPTERS
from app.web.learn.sections import Section, sections_of


@dataclass(frozen=True)
class Item:
    """A concept, formula or figure of the notes.

    Attributes:
        number: its place in them, from 1.
        part: of the notes.
        name: what it is.
        chapter: the slug of the one that it belongs to.
        elsewhere: where in the rest of the program it is live; empty if nowhere.
    """

    number: int
    part: str
    name: str
    chapter: str
    elsewhere: str = ""


ITEMS: tuple[Item, ...] = (
    Item(
        1,
        "Linear algebra",
        "scalar, vector, matrix, n-d tensor",
        "tensors",
        "Maps lens on layer `input` (3 × 224 × 224, channels apart, exact hover); Save as .npy",
    ),
    Item(2, "Linear algebra", "transpose", "tensors"),
    Item(
        3,
        "Linear algebra",
        "dot product",
        "tensors",
        "Filters > Slide the template: dot -2.33, + bias, = value",
    ),
    Item(
        4,
        "Linear algebra",
        "cosine of an angle",
        "tensors",
        "Filters: cosine at every place, most-alike filter",
    ),
    Item(5, "Linear algebra", "matrix product Cᵢⱼ = row · column", "tensors"),
    Item(6, "Linear algebra", "Hadamard product", "tensors", "How: patch × kernel = products"),
    Item(7, "Linear algebra", "norm axioms, triangle inequality", "tensors"),
    Item(8, "Linear algebra", "Lᵖ norm for any p", "tensors"),
    Item(9, "Linear algebra", "L∞ norm", "tensors", "Filters, chosen filter"),
    Item(10, "Linear algebra", "Frobenius norm", "tensors", "Filters, filter and layer"),
    Item(11, "Gradients", "gradient of scalar by vector", "backpropagation"),
    Item(12, "Gradients", "Jacobian Jᵢⱼ = ∂yᵢ/∂xⱼ", "backpropagation"),
    Item(13, "Gradients", "chain rule as product of Jacobians", "backpropagation"),
    Item(14, "Gradients", "z = Wx: ∂z/∂x = W", "backpropagation"),
    Item(15, "Gradients", "z = xW: ∂z/∂x = Wᵀ", "backpropagation"),
    Item(16, "Gradients", "z = x: ∂z/∂x = I", "backpropagation"),
    Item(17, "Gradients", "∂j/∂W, column form", "backpropagation"),
    Item(18, "Gradients", "∂j/∂W, row form", "backpropagation"),
    Item(19, "Gradients", "softmax + cross-entropy: ∂j/∂t = p − y", "backpropagation"),
    Item(
        20,
        "Images and classification",
        "image as 3-d tensor",
        "tensors",
        "Maps lens on layer `input` (3 × 224 × 224, channels apart, exact hover); Save as .npy",
    ),
    Item(21, "Images and classification", "stack of images as 4-d tensor", "tensors"),
    Item(22, "Images and classification", "task: one label of a fixed set", "templates", "Scores"),
    Item(23, "Images and classification", "challenge: viewpoint", "designs"),
    Item(24, "Images and classification", "challenge: scale", "designs", "What if > Size, plotted"),
    Item(25, "Images and classification", "challenge: deformation", "designs"),
    Item(
        26,
        "Images and classification",
        "challenge: occlusion",
        "designs",
        "What if > Cover, and Occlusion: the picture covered patch by patch",
    ),
    Item(
        27,
        "Images and classification",
        "challenge: illumination",
        "designs",
        "What if > Light, plotted",
    ),
    Item(28, "Images and classification", "challenge: background clutter", "designs"),
    Item(29, "Images and classification", "challenge: intra-class variation", "designs"),
    Item(30, "Images and classification", "invariance to the cross product of all", "designs"),
    Item(
        31,
        "Images and classification",
        "score function ℝᴰ → ℝᶜ",
        "templates",
        "model `softmax.mnist5k`: 784 numbers in, ten scores out",
    ),
    Item(
        32,
        "Images and classification",
        "picture flattened to D",
        "templates",
        "Maps lens on `flatten` of a digit model: 784 numbers",
    ),
    Item(
        33,
        "Images and classification",
        "Wx + b",
        "templates",
        "How on `linear`: 10.01 + 0.5566 = 10.57",
    ),
    Item(34, "Images and classification", "argmax", "templates", "Scores"),
    Item(
        35,
        "Images and classification",
        "rows of W as templates",
        "templates",
        "Filters: ten templates",
    ),
    Item(
        36,
        "Images and classification",
        "each yᵢ its own regression",
        "templates",
        "How: 784 products, largest first",
    ),
    Item(37, "Images and classification", "the regression lines drawn", "templates"),
    Item(38, "Softmax, loss, information", "normalised scores", "scores", "Scores"),
    Item(39, "Softmax, loss, information", "sigmoid formula and curve", "scores"),
    Item(40, "Softmax, loss, information", "softmax formula", "scores"),
    Item(41, "Softmax, loss, information", "limits at −∞ and +∞", "scores"),
    Item(42, "Softmax, loss, information", "quality = average confidence", "loss"),
    Item(43, "Softmax, loss, information", "geometric mean .70 .80 .60 .30 .40 → 0.53", "loss"),
    Item(44, "Softmax, loss, information", "best 1, a guess 1/c", "loss"),
    Item(45, "Softmax, loss, information", "−log turns product into sum", "loss"),
    Item(46, "Softmax, loss, information", "log-softmax", "loss"),
    Item(47, "Softmax, loss, information", "loss = mean cross-entropy", "loss"),
    Item(48, "Softmax, loss, information", "one-hot dot product selects", "loss"),
    Item(
        49,
        "Softmax, loss, information",
        "entropy in bits",
        "loss",
        "Entropy panel: 2.44 of 9.97 bits",
    ),
    Item(50, "Softmax, loss, information", "cross-entropy H(p, q) in bits", "loss"),
    Item(51, "Softmax, loss, information", "entropy of a one-hot is 0", "loss"),
    Item(52, "Softmax, loss, information", "loss as error-correction bits", "loss"),
    Item(53, "Non-linearity", "B(Ax) = Cx collapses", "bend"),
    Item(54, "Non-linearity", "sigmoid activation", "bend"),
    Item(55, "Non-linearity", "tanh", "bend", "How on LeNet c1_tanh: curve, tangent, slope .6623"),
    Item(56, "Non-linearity", "ReLU", "bend", "How lens on any ReLU"),
    Item(57, "Non-linearity", "leaky ReLU", "bend"),
    Item(58, "Non-linearity", "maxout", "bend"),
    Item(59, "Non-linearity", "ELU", "bend"),
    Item(60, "Non-linearity", "MLP as composed functions", "bend", "model `mlp.mnist5k`"),
    Item(61, "Non-linearity", "MLP as graph of nodes and edges", "bend"),
    Item(62, "Non-linearity", "why MLPs work (boundary bends)", "bend"),
    Item(63, "Optimisation", "goal search, no closed form", "descent"),
    Item(64, "Optimisation", "loss as function of W", "descent"),
    Item(65, "Optimisation", "random search", "descent"),
    Item(66, "Optimisation", "random local search", "descent"),
    Item(67, "Optimisation", "gradient descent", "descent"),
    Item(68, "Optimisation", "learning rate", "descent", "/train; always with cosine decay"),
    Item(69, "Optimisation", "the loop as pseudocode", "descent"),
    Item(70, "Optimisation", "minibatch", "descent", "/train"),
    Item(71, "Optimisation", "SGD, batch 1", "descent", "4,000 steps, 89.7 %"),
    Item(72, "Optimisation", "noise crosses local minima", "descent"),
    Item(73, "Backpropagation", "cache and reuse (dynamic programming)", "backpropagation"),
    Item(74, "Backpropagation", "two-layer chain rule, repeated factor", "backpropagation"),
    Item(75, "Backpropagation", "computational graph with numbers", "backpropagation"),
    Item(76, "Backpropagation", "inflow × local gradient", "backpropagation"),
    Item(77, "Backpropagation", "fork adds", "backpropagation"),
    Item(78, "Backpropagation", "add distributes", "backpropagation"),
    Item(79, "Backpropagation", "max routes", "backpropagation"),
    Item(80, "Backpropagation", "multiply switches", "backpropagation"),
    Item(81, "Convolution", "images are compositional", "why-convnets"),
    Item(82, "Convolution", "dense templates cost too much", "why-convnets"),
    Item(83, "Convolution", "patterns are translation invariant", "why-convnets"),
    Item(
        84,
        "Convolution",
        "convolution = dot product with an N × K × K patch",
        "convolution",
        "How lens on any convolution: patch, kernel, products; Play it",
    ),
    Item(
        85,
        "Convolution",
        "stride, padding",
        "convolution",
        "How lens and the layer's head; padding is drawn outside the picture",
    ),
    Item(86, "Convolution", "⌊(n + 2p − k)/s⌋ + 1", "convolution"),
    Item(87, "Convolution", "N-d to one map", "convolution", "How lens on any convolution"),
    Item(
        88,
        "Convolution",
        "N-d to M-d, c₂c₁K² parameters",
        "convolution",
        "the layer's head (864 weights); How > As one matrix product: 27 × 32",
    ),
    Item(89, "Convolution", "im2col", "convolution", "How > As one matrix product"),
    Item(
        90,
        "Convolution",
        "pooling max, average",
        "convolution",
        "How: window, winner / mean; Play it",
    ),
    Item(91, "Convolution", "pooled size", "convolution"),
    Item(
        92, "Convolution", "conv layer = conv, activation, pool", "convolution", "network drawing"
    ),
    Item(
        93,
        "Convolution",
        "one pixel feeds many outputs",
        "convolution-gradients",
        "Maps lens: Follow a pixel",
    ),
    Item(94, "Convolution", "∂L/∂w = sum of ∂L/∂y · x", "convolution-gradients"),
    Item(95, "Convolution", "∂L/∂x = sum of ∂L/∂y · w", "convolution-gradients"),
    Item(96, "Convolution", "sum at forks, map patches back (col2im)", "convolution-gradients"),
    Item(97, "Convolution", "gradient of patch generation", "convolution-gradients"),
    Item(98, "Convolution", "why: sharing regularises", "why-convnets"),
    Item(99, "Convolution", "why: translation", "why-convnets"),
    Item(100, "Convolution", "why: hierarchy, growing field", "why-convnets", "/fields plot"),
    Item(101, "Fields and designs", "receptive field", "fields", "Maps lens: click a unit"),
    Item(102, "Fields and designs", "what a small field cannot see", "fields"),
    Item(103, "Fields and designs", "single path", "fields", "/fields calculator"),
    Item(
        104,
        "Fields and designs",
        "graph",
        "fields",
        "/fields and the Maps lens: of an addition each branch by itself",
    ),
    Item(
        105,
        "Fields and designs",
        "LeNet",
        "designs",
        "model `lenet5.mnist5k`: 99.1 % of held-out digits",
    ),
    Item(
        106,
        "Fields and designs",
        "AlexNet",
        "designs",
        "model `alexnet_32.mnist5k`; `alexnet`, the design of 2012",
    ),
    Item(
        107,
        "Fields and designs",
        "ZF Net, deconvnet",
        "designs",
        "model `zfnet_32.mnist5k`, and Filters > deconvnet",
    ),
    Item(
        108,
        "Fields and designs",
        "GoogLeNet",
        "designs",
        "models `googlenet_32.mnist5k` and `googlenet`: four lanes a block",
    ),
    Item(
        109,
        "Fields and designs",
        "VGG",
        "designs",
        "models `vgg_32.mnist5k` and `vgg16`; the first dense layer's head: 102,764,544",
    ),
    Item(
        110,
        "Fields and designs",
        "ResNet",
        "designs",
        "models `resnet8_32.mnist5k` and `resnet50`: a bridge a block",
    ),
    Item(111, "Fields and designs", "year, error, what it changed", "designs"),
    Item(
        112,
        "Fields and designs",
        "dilated",
        "fields",
        "model `dilated_net.mnist5k`: a unit's field, 6 of 13 rows never read",
    ),
    Item(
        113,
        "Fields and designs",
        "1 × 1",
        "fields",
        "How lens on a 1 × 1 convolution: the channels that it mixes",
    ),
    Item(
        114,
        "Fields and designs",
        "depthwise separable",
        "fields",
        "model `separable_net.mnist5k`, How lens on both halves",
    ),
    Item(115, "Fields and designs", "their costs side by side", "fields"),
)


def sections_by_item() -> dict[int, list[Section]]:
    """By the number of a thing the sections that show it, those of its own chapter first."""
    shown: dict[int, list[Section]] = {item.number: [] for item in ITEMS}
    for chapter in CHAPTERS:
        for section in sections_of(chapter):
            for number in section.items:
                shown[number].append(section)
    for item in ITEMS:
        shown[item.number].sort(key=lambda section: section.chapter.slug != item.chapter)
    return shown
