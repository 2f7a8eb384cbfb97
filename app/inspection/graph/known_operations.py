"""What the operations of ATen are called in the field, and how far each one reaches.

The table is the only place that knows operations by name. What it does not know is still a layer:
it keeps its ATen name, and nothing is claimed of its geometry.
"""

from dataclasses import dataclass
from typing import Literal

# Many numbers along some axes become one. `max` and `min` of an axis also say where it was.
REDUCTIONS = {
    **{name: name for name in ("mean", "sum", "amax", "amin", "prod", "logsumexp")},
    "max": "amax",
    "min": "amin",
    "var": "variance",
    "std": "standard_deviation",
    "linalg_vector_norm": "norm",
    "norm": "norm",
    # Of two results: the spread, and the mean.
    "var_mean": "variance",
    "var_mean_1": "mean",
    "std_mean": "standard_deviation",
    "std_mean_1": "mean",
}

# How an output position depends on the input's positions:
#   window     through a sliding window that its arguments describe
#   pointwise  on the same position of each input alone
#   other      some other way, or one that is not known
Reach = Literal["window", "pointwise", "other"]


@dataclass(frozen=True)
class Operation:
    """One entry of the table.

    Attributes:
        term: what a textbook calls it.
    """

    term: str
    reach: Reach = "other"


def _pointwise(*names: str) -> dict[str, Operation]:
    return {name: Operation(name, "pointwise") for name in names}


def _other(*names: str) -> dict[str, Operation]:
    return {name: Operation(name) for name in names}


OPERATIONS: dict[str, Operation] = {
    "conv2d": Operation("convolution", "window"),
    "conv_transpose2d": Operation("transposed_convolution", "window"),
    "max_pool2d": Operation("max_pool", "window"),
    "max_pool2d_with_indices": Operation("max_pool", "window"),
    "avg_pool2d": Operation("average_pool", "window"),
    "pad": Operation("pad", "window"),
    "constant_pad_nd": Operation("pad", "window"),
    "slice": Operation("slice", "window"),
    "select": Operation("slice"),
    "chunk": Operation("split", "window"),
    "split": Operation("split", "window"),
    "split_with_sizes": Operation("split", "window"),
    "unsafe_split": Operation("split", "window"),
    "unsafe_chunk": Operation("split", "window"),
    # Writes through views become these, see `app.inspection.tracing.view_writes`.
    "slice_scatter": Operation("overwrite"),
    "select_scatter": Operation("overwrite"),
    "write_view": Operation("overwrite"),
    "adaptive_avg_pool2d": Operation("adaptive_average_pool"),
    "adaptive_max_pool2d": Operation("adaptive_max_pool"),
    "cat": Operation("concatenate"),
    "glu": Operation("gated_linear_unit"),
    "softmax": Operation("softmax"),
    "log_softmax": Operation("log_softmax"),
    "layer_norm": Operation("layer_norm"),
    "matmul": Operation("matrix_product"),
    "mm": Operation("matrix_product"),
    "bmm": Operation("matrix_product"),
    "baddbmm": Operation("matrix_product"),
    "addmm": Operation("linear"),
    "view": Operation("reshape"),
    "reshape": Operation("reshape"),
    "_unsafe_view": Operation("reshape"),
    "unflatten": Operation("reshape"),
    "view_as": Operation("reshape"),
    "reshape_as": Operation("reshape"),
    "expand_as": Operation("expand"),
    "broadcast_to": Operation("expand"),
    "movedim": Operation("permute"),
    "swapaxes": Operation("transpose"),
    "t": Operation("transpose"),
    "unbind": Operation("slice"),
    "tile": Operation("repeat"),
    "upsample_nearest2d": Operation("upsample"),
    "upsample_bilinear2d": Operation("upsample"),
    "upsample_bicubic2d": Operation("upsample"),
    "_upsample_nearest_exact2d": Operation("upsample"),
    "_upsample_bilinear2d_aa": Operation("upsample"),
    "_upsample_bicubic2d_aa": Operation("upsample"),
    "scaled_dot_product_attention": Operation("attention"),
    "mul": Operation("multiply", "pointwise"),
    "div": Operation("divide", "pointwise"),
    "sub": Operation("subtract", "pointwise"),
    "rsub": Operation("subtract", "pointwise"),
    "pow": Operation("power", "pointwise"),
    "sqrt": Operation("square_root", "pointwise"),
    "neg": Operation("negate", "pointwise"),
    "abs": Operation("absolute", "pointwise"),
    "exp": Operation("exponential", "pointwise"),
    "log": Operation("logarithm", "pointwise"),
    "rsqrt": Operation("reciprocal_square_root", "pointwise"),
    "sin": Operation("sine", "pointwise"),
    "cos": Operation("cosine", "pointwise"),
    "erf": Operation("error_function", "pointwise"),
    "ceil": Operation("ceiling", "pointwise"),
    "clamp_min": Operation("clamp", "pointwise"),
    "clamp_max": Operation("clamp", "pointwise"),
    "addcmul": Operation("multiply_add", "pointwise"),
    "lerp": Operation("blend", "pointwise"),
    **{name: Operation("compare", "pointwise") for name in ("gt", "ge", "lt", "le", "eq", "ne")},
    # They take the shape of what they are given, and none of its numbers.
    **{
        name: Operation("constant")
        for name in (
            *("zeros_like", "ones_like", "full_like", "zero"),
            *("new_zeros", "new_ones", "new_full"),
        )
    },
    # Of lines and of volumes: neither vectors nor maps.
    "conv1d": Operation("convolution_1d"),
    "conv3d": Operation("convolution_3d"),
    "conv_transpose1d": Operation("transposed_convolution_1d"),
    "conv_transpose3d": Operation("transposed_convolution_3d"),
    "max_pool1d": Operation("max_pool_1d"),
    "max_pool3d": Operation("max_pool_3d"),
    "avg_pool1d": Operation("average_pool_1d"),
    "avg_pool3d": Operation("average_pool_3d"),
    "adaptive_avg_pool1d": Operation("adaptive_average_pool_1d"),
    "adaptive_avg_pool3d": Operation("adaptive_average_pool_3d"),
    "upsample_nearest1d": Operation("upsample_1d"),
    "upsample_linear1d": Operation("upsample_1d"),
    "upsample_nearest3d": Operation("upsample_3d"),
    "upsample_trilinear3d": Operation("upsample_3d"),
    "max_pool2d_with_indices_1": Operation("max_pool_places"),
    "max_1": Operation("place_of_largest"),
    "argmax": Operation("place_of_largest"),
    "min_1": Operation("place_of_smallest"),
    "argmin": Operation("place_of_smallest"),
    "topk": Operation("largest_few"),
    "topk_1": Operation("places_of_largest_few"),
    "im2col": Operation("unfold"),
    "col2im": Operation("fold"),
    "unfold": Operation("sliding_view"),
    "max_unpool2d": Operation("max_unpool"),
    "index": Operation("index"),
    "index_select": Operation("index"),
    "grid_sampler": Operation("grid_sample"),
    "affine_grid_generator": Operation("affine_grid"),
    "cumsum": Operation("cumulative_sum"),
    "cdist": Operation("distances"),
    "pairwise_distance": Operation("distance"),
    "masked_fill": Operation("mask"),
    "fill": Operation("fill"),
    "triu": Operation("triangle"),
    "tril": Operation("triangle"),
    "rms_norm": Operation("root_mean_square_norm"),
    **{
        name: Operation("fourier_transform")
        for name in (
            *("fft_fft2", "fft_ifft2", "fft_rfft2", "fft_irfft2", "fft_fft", "fft_ifft"),
            *("fft_rfft", "fft_irfft", "fft_fftn", "fft_ifftn", "fft_rfftn", "fft_irfftn"),
        )
    },
    **_other("repeat", "repeat_interleave", "roll", "flip", "einsum", "lstm", "gru", "sort"),
    **_other("gather", "scatter", "diagonal", "cosine_similarity"),
    **{name: Operation(term) for name, term in REDUCTIONS.items()},
    **_pointwise("maximum", "minimum", "where", "sign", "reciprocal", "round", "floor"),
    **_pointwise("log_sigmoid", "hardshrink", "softshrink", "threshold", "expm1", "log1p"),
    **_pointwise("remainder", "floor_divide", "fmod"),
    # These two are found by `app.inspection.graph.folding`, not in a graph.
    "local_response_norm": Operation("local_response_norm", "pointwise"),
    "channel_shuffle": Operation("channel_shuffle", "pointwise"),
    **_other("linear", "flatten", "permute", "transpose", "squeeze", "unsqueeze", "expand"),
    **_other("stack", "group_norm", "instance_norm", "pixel_shuffle", "pixel_unshuffle"),
    **_pointwise("add", "batch_norm", "relu", "relu6", "hardtanh", "leaky_relu", "prelu", "elu"),
    **_pointwise("selu", "celu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid"),
    **_pointwise("tanh", "softplus", "clamp", "square", "dropout"),
}
