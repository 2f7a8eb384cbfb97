"""What the operations of a stored graph may call: names from a list, never what a name leads to.

A stored graph may come from anybody. So a target is looked up in these tables alone: functions of
ATen that compute new tensors from their arguments, and the arithmetic of sizes. What writes, draws
random numbers, reads files or hands out memory that nobody filled is not among them.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

import torch

from app.inspection.graph.operations import OnCopy, UnderAutocast
from app.inspection.graph.torch_private import OpOverload, overload_name, writes
from app.inspection.stored.values import dtype_named, name_of_dtype
from app.inspection.tracing.view_writes import WriteView
from models.disk.checked_fields import DamagedRecordError, Fields

# One operation in another: on a copy, under autocast, of a view that is written through.
_DEEPEST = 4

# Of sizes, and of several results one.
_PLAIN: dict[str, Callable[..., Any]] = {
    **{
        function.__name__: function
        for function in (
            *(operator.getitem, operator.add, operator.sub, operator.mul, operator.floordiv),
            *(operator.truediv, operator.mod, operator.neg, operator.pow),
            *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
            *(math.ceil, math.floor, math.trunc),
            *(torch.sym_int, torch.sym_float, torch.sym_max, torch.sym_min, torch.sym_not),
        )
    },
}
_PLAIN_NAMES = {function: name for name, function in _PLAIN.items()}

_ATEN = frozenset(
    name
    for line in """
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution
    linear addmm mm bmm baddbmm matmul mv dot einsum addmv addbmm addr outer bilinear
    batch_norm instance_norm group_norm layer_norm rms_norm native_batch_norm native_layer_norm
    native_group_norm cudnn_batch_norm linalg_vector_norm norm cosine_similarity
    max_pool1d max_pool2d max_pool3d max_pool2d_with_indices max_pool1d_with_indices
    avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
    adaptive_max_pool1d adaptive_max_pool2d max_unpool2d fractional_max_pool2d
    relu relu6 leaky_relu prelu elu selu celu gelu silu mish hardswish hardsigmoid hardtanh
    sigmoid log_sigmoid tanh softplus hardshrink softshrink threshold glu
    softmax log_softmax _softmax _log_softmax square sqrt rsqrt reciprocal exp exp2 expm1
    log log2 log10 log1p sin cos tan asin acos atan atan2 sinh cosh erf erfc pow abs neg sign
    floor ceil round trunc frac fmod remainder clamp clamp_min clamp_max clip nan_to_num
    add sub rsub mul div true_divide floor_divide addcmul addcdiv lerp maximum minimum fmax fmin
    where eq ne lt le gt ge logical_and logical_or logical_not logical_xor isnan isinf isfinite
    bitwise_and bitwise_or bitwise_not masked_fill masked_scatter index_fill fill copy zero
    mean sum prod amax amin max min argmax argmin std var var_mean std_mean logsumexp median
    cumsum cumprod topk sort argsort any all norm_except_dim count_nonzero
    view reshape flatten unflatten squeeze unsqueeze permute transpose t movedim swapaxes
    swapdims expand expand_as view_as reshape_as broadcast_to repeat repeat_interleave tile
    contiguous clone alias detach to _to_copy type_as lift_fresh lift_fresh_copy _unsafe_view
    real imag view_as_real view_as_complex complex as_strided unfold im2col col2im
    cat concat stack chunk split split_with_sizes unsafe_split unsafe_split_with_sizes
    unsafe_chunk unbind tensor_split hstack vstack meshgrid
    slice select narrow index index_select gather take_along_dim slice_scatter select_scatter
    index_add index_copy scatter scatter_add diagonal diag_embed tril triu
    pad constant_pad_nd reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d
    flip fliplr flipud roll rot90 pixel_shuffle pixel_unshuffle channel_shuffle
    native_channel_shuffle upsample_nearest1d upsample_nearest2d upsample_nearest3d
    _upsample_nearest_exact2d upsample_linear1d upsample_bilinear2d upsample_bicubic2d
    upsample_trilinear3d _upsample_bilinear2d_aa _upsample_bicubic2d_aa grid_sampler
    grid_sampler_2d affine_grid_generator
    scaled_dot_product_attention embedding one_hot lstm gru rnn_tanh rnn_relu
    dropout feature_dropout alpha_dropout feature_alpha_dropout
    arange zeros ones full zeros_like ones_like full_like new_zeros new_ones new_full
    scalar_tensor eye linspace sym_size sym_numel sym_stride sym_storage_offset size numel
    fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 fft_fft fft_ifft fft_rfft fft_irfft fft_fftshift
    fft_ifftshift fft_fftn fft_ifftn fft_rfftn fft_irfftn _fft_c2c _fft_c2r _fft_r2c stft istft
    cross_entropy_loss mse_loss l1_loss smooth_l1_loss dist cdist pdist pairwise_distance
    mT mH adjoint numpy_T matrix_H moveaxis ravel atleast_1d atleast_2d atleast_3d
    multiply divide subtract negative absolute positive concatenate column_stack row_stack dstack
    hsplit vsplit dsplit broadcast_tensors block_diag not_equal less less_equal greater
    greater_equal isclose isneginf isposinf bitwise_xor bitwise_left_shift bitwise_right_shift
    arcsin arccos arctan arctan2 arcsinh arccosh arctanh asinh acosh atanh sinc erfinv logit
    logaddexp logaddexp2 logcumsumexp xlogy hypot copysign sgn signbit ldexp float_power fix
    deg2rad rad2deg lgamma digamma heaviside nansum nanmean nanmedian aminmax cummax cummin diff
    kthvalue mode msort trapezoid trapz cumulative_trapezoid renorm native_norm frobenius_norm
    nuclear_norm linalg_norm linalg_matrix_norm linalg_matmul linalg_multi_dot linalg_cross
    linalg_vecdot inner vdot tensordot ger trace cross chain_matmul matrix_exp inverse cov corrcoef
    diag diagflat diagonal_scatter as_strided_scatter scatter_reduce index_reduce index_put put take
    masked_select _unsafe_index _unsafe_index_put bucketize searchsorted angle conj conj_physical
    resolve_conj resolve_neg polar _convolution _convolution_mode _safe_softmax _prelu_kernel
    _native_batch_norm_legit_no_training _adaptive_avg_pool2d _adaptive_avg_pool3d
    max_pool3d_with_indices adaptive_max_pool3d max_unpool3d fractional_max_pool3d grid_sampler_3d
    replication_pad3d reflection_pad3d _pad_circular _pad_enum _upsample_nearest_exact1d
    _upsample_nearest_exact3d lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell embedding_bag
    sum_to_size conv_tbc _weight_norm nonzero
    """.splitlines()
    for name in line.split()
)


def describe_target(target: Any) -> Any:
    """What an operation calls, ready for JSON.

    Raises:
        ValueError: it is none of those that a stored graph may call.
    """
    match target:
        case OnCopy():
            return {"on_copy": describe_target(target.operation)}
        case UnderAutocast():
            return {
                "under_autocast": describe_target(target.operation),
                "device_type": target.device_type,
                "dtype": None if target.dtype is None else name_of_dtype(target.dtype),
                "enabled": target.enabled,
            }
        case WriteView():
            return {"write_view": describe_target(target.view), "item": target.item}
    name = str(target) if isinstance(target, OpOverload) else _PLAIN_NAMES.get(target)
    if name is None or (name not in _PLAIN and _aten(name) is None):
        raise ValueError(f"{target} is no operation that a stored graph may call.")
    return name


def target_of(value: object, where: str, depth: int = 0) -> Any:
    """What an operation calls.

    Args:
        value: what JSON held.
        where: it stands, for the message of an error.
        depth: how many operations this one is part of.

    Raises:
        DamagedRecordError: it is none of those that a stored graph may call.
    """
    if isinstance(value, str):
        found = _PLAIN.get(value) or _aten(value)
        if found is None or (depth == 0 and isinstance(found, OpOverload) and writes(found)):
            raise DamagedRecordError(
                f"{where}: {value[:80]!r} is no operation that a stored graph may call."
            )
        return found
    if depth >= _DEEPEST:
        raise DamagedRecordError(f"{where}: more than {_DEEPEST} operations in one another.")
    fields = Fields(value, where)
    for name in ("on_copy", "under_autocast", "write_view"):
        if fields.has(name):
            inner = target_of(fields.values[name], where, depth + 1)
            return _wrapped(name, inner, fields)
    raise DamagedRecordError(f"{where} names no operation.")


def _wrapped(name: str, inner: Any, fields: Fields) -> Any:
    if name == "on_copy":
        return OnCopy(inner)
    if name == "write_view":
        item = fields.whole("item", 0, 2**16) if fields.has("item") else None
        return WriteView(inner, item)
    dtype = dtype_named(fields.text("dtype"), "dtype") if fields.has("dtype") else None
    device = fields.text("device_type", ("cpu", "cuda"))
    return UnderAutocast(inner, device, dtype, fields.flag("enabled"))


def _aten(name: str) -> Any | None:
    """The function `aten.relu.default` if it is in the list; never by following attributes."""
    namespace, _, rest = name.partition(".")
    packet_name, _, overload = rest.partition(".")
    if namespace != "aten" or packet_name.removesuffix("_") not in _ATEN:
        return None
    packet = getattr(torch.ops.aten, packet_name, None)
    if packet is None or overload not in packet.overloads():
        return None
    found = getattr(packet, overload)
    return found if overload_name(found) == overload else None
