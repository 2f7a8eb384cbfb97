"""Networks whose values overflow: explained as the network has them, or not, but answered.

The values are torch's own, of the function that the network is made of.
"""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from app.api.arithmetic.schemas import ExplanationSchema, describe_explanation
from app.inspection.activations.capture import capture
from app.inspection.arithmetic.unit import EXPLAINED_OPERATIONS, explain
from app.inspection.tracing.tracing import trace
from app.stores.explanations import UnitExplanation
from app.web.json_answers import encoded_json

SHAPE = (4, 4, 4)
AWKWARD = (math.inf, -math.inf, math.nan, -800.0, 1e30, 0.0)


def stored(*shape):
    """Some of the numbers that a network keeps: small ones of either sign, and zeros."""
    return (torch.arange(math.prod(shape)) * 5 % 7 - 3.0).reshape(shape) / 4


def row(x):
    return x.flatten(1)


def copied_over(x):
    y = x * 2
    y[:, 1:3] = x[:, :2]
    return y


def attended(x):
    return functional.scaled_dot_product_attention(x, x.flip(2), x)


def normalised(x, **statistics):
    return functional.batch_norm(
        x, statistics.get("mean", torch.zeros(4)), statistics.get("variance", torch.ones(4)), eps=0
    )


FUNCTIONS = {
    "convolution": [lambda x: functional.conv2d(x, stored(2, 4, 3, 3), stored(2), padding=1)],
    "transposed_convolution": [
        lambda x: functional.conv_transpose2d(x, stored(4, 2, 3, 3), stride=2)
    ],
    "linear": [lambda x: functional.linear(row(x), stored(3, 64), stored(3))],
    "max_pool": [lambda x: functional.max_pool2d(x, 3, 2, 1)],
    "average_pool": [
        lambda x: functional.avg_pool2d(x, 3, 2, 1),
        lambda x: functional.avg_pool2d(x, 2, divisor_override=-3),
    ],
    "adaptive_average_pool": [lambda x: functional.adaptive_avg_pool2d(x, 3)],
    "adaptive_max_pool": [lambda x: functional.adaptive_max_pool2d(x, 3)],
    "mean": [lambda x: x.mean(1, keepdim=True), lambda x: x.mean((2, 3))],
    "sum": [lambda x: x.sum(2, True), lambda x: x.sum((2, 3))],
    "amax": [lambda x: x.amax(1, True), lambda x: x.max(1, True)[0]],
    "amin": [lambda x: x.amin(1, True), lambda x: x.amin((2, 3)), lambda x: x.min(2, True)[0]],
    "batch_norm": [
        normalised,
        lambda x: normalised(x, variance=torch.tensor([0.0, 1.0, 0.0, 4.0])),
        lambda x: normalised(x, variance=torch.tensor([-1.0, math.inf, math.nan, 4.0])),
        lambda x: normalised(x, mean=torch.tensor([math.inf, math.nan, 1e30, 0.0])),
    ],
    "layer_norm": [
        lambda x: functional.layer_norm(x, (4, 4)),
        lambda x: functional.layer_norm(x, (4,), eps=0.0),
    ],
    "group_norm": [lambda x: functional.group_norm(x, 2), lambda x: functional.group_norm(x, 4)],
    "instance_norm": [functional.instance_norm],
    "local_response_norm": [
        nn.LocalResponseNorm(3),
        nn.LocalResponseNorm(3, k=0.0),
        nn.LocalResponseNorm(3, alpha=-1.0),
        nn.LocalResponseNorm(3, beta=-40.0),
    ],
    "softmax": [lambda x: x.softmax(1), lambda x: row(x).softmax(1)],
    "log_softmax": [lambda x: x.log_softmax(1), lambda x: row(x).log_softmax(1)],
    "logsumexp": [lambda x: x.logsumexp(1, True), lambda x: row(x).logsumexp(1, True)],
    "add": [lambda x: x + x.flip(1), lambda x: torch.add(x, x, alpha=3)],
    "subtract": [lambda x: x - x.flip(1), lambda x: 1 - x],
    "multiply": [lambda x: x * x.flip(1), lambda x: x * 1e30],
    "divide": [lambda x: x / x.flip(1), lambda x: x / 1e-30, lambda x: x / 1e300],
    "maximum": [lambda x: x.maximum(x.flip(1)), lambda x: torch.max(x, stored(4, 1, 1))],
    "minimum": [lambda x: x.minimum(x.flip(1)), lambda x: torch.min(stored(4, 1, 1), x)],
    "compare": [lambda x: x > x.flip(1), lambda x: x.ne(x.flip(1)), lambda x: x.le(0)],
    "where": [lambda x: torch.where(x > 0, x.flip(1), x)],
    "multiply_add": [lambda x: torch.addcmul(x, x.flip(1), x, value=0.5)],
    "blend": [lambda x: torch.lerp(x, x.flip(1), 0.25), lambda x: torch.lerp(x, x, x)],
    "gated_linear_unit": [lambda x: functional.glu(x, 1), lambda x: functional.glu(x, 3)],
    "variance": [lambda x: x.var(1, keepdim=True), lambda x: x.var((2, 3), correction=0)],
    "standard_deviation": [lambda x: x.std(1, keepdim=True), lambda x: x.std((2, 3), correction=0)],
    "norm": [
        *(
            lambda x, order=order: torch.linalg.vector_norm(x, ord=order, dim=1, keepdim=True)
            for order in (0.001, 0.5, 1, 2, 40, 1000)
        ),
        lambda x: x.norm(p=3, dim=(2, 3)),
    ],
    "matrix_product": [lambda x: x @ x.transpose(2, 3), lambda x: x @ stored(4, 4)],
    "attention": [attended],
    "concatenate": [lambda x: torch.cat([x, x.flip(1)], 1)],
    "stack": [lambda x: torch.stack([x.amax(1), x.amin(1)], 1)],
    "channel_shuffle": [lambda x: functional.channel_shuffle(x, 2)],
    "slice": [lambda x: x[:, 1:]],
    "split": [lambda x: x.split(2, 1)[1]],
    "overwrite": [copied_over],
    "flatten": [row],
    "reshape": [lambda x: x.reshape(-1, 2, 4, 8)],
    "permute": [lambda x: x.permute(0, 3, 2, 1)],
    "transpose": [lambda x: x.transpose(1, 2)],
    "squeeze": [lambda x: x[:, :1].squeeze(1)],
    "unsqueeze": [lambda x: row(x).unsqueeze(1)],
    "expand": [lambda x: x[:, :1].expand(-1, 3, -1, -1)],
    "pad": [
        lambda x: functional.pad(x, (1, 1, 0, 2), value=-math.inf),
        lambda x: functional.pad(x, (1, 1, 2, 0), "reflect"),
    ],
    "pixel_shuffle": [lambda x: functional.pixel_shuffle(x, 2)],
    "upsample": [
        lambda x: functional.interpolate(x, scale_factor=2),
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
    ],
    "roll": [lambda x: x.roll(1, 2)],
    "flip": [lambda x: x.flip(3)],
    "index": [lambda x: x[:, [2, 0, 0]]],
    "repeat": [lambda x: x.repeat(1, 2, 1, 1)],
    "repeat_interleave": [lambda x: x.repeat_interleave(2, 1)],
    "unfold": [lambda x: functional.unfold(x, 3, padding=1)],
    "max_unpool": [
        lambda x: functional.max_unpool2d(*functional.max_pool2d(x, 2, return_indices=True), 2)
    ],
    "constant": [lambda x: torch.full_like(x, math.inf), lambda x: torch.full_like(x, math.nan)],
    "dropout": [lambda x: functional.dropout(x, 0.0, training=True)],
    "relu": [functional.relu],
    "relu6": [functional.relu6],
    "hardtanh": [functional.hardtanh],
    "clamp": [lambda x: x.clamp(-1, 1e30), lambda x: x.clamp(max=0), lambda x: x.clamp(min=0)],
    "leaky_relu": [functional.leaky_relu, lambda x: functional.leaky_relu(x, 0.0)],
    "prelu": [lambda x: functional.prelu(x, stored(4))],
    "elu": [functional.elu, lambda x: torch.ops.aten.elu(x, 1.0, 1.0, -2.0)],
    "selu": [functional.selu],
    "celu": [functional.celu, lambda x: functional.celu(x, -0.5)],
    "gelu": [functional.gelu, lambda x: functional.gelu(x, approximate="tanh")],
    "softplus": [functional.softplus, lambda x: functional.softplus(x, beta=0.0)],
    "power": [lambda x, e=e: x**e for e in (-1, 0.5, 3, -2.5, 40, 1000.0)],
    "sigmoid": [torch.sigmoid],
    "silu": [functional.silu],
    "mish": [functional.mish],
    "hardsigmoid": [functional.hardsigmoid],
    "hardswish": [functional.hardswish],
    "tanh": [torch.tanh],
    "exponential": [torch.exp],
    "logarithm": [torch.log],
    "square_root": [torch.sqrt],
    "square": [torch.square],
    "absolute": [torch.abs],
    "negate": [torch.neg],
    "reciprocal_square_root": [torch.rsqrt],
    "reciprocal": [torch.reciprocal],
    "sine": [torch.sin],
    "cosine": [torch.cos],
    "error_function": [torch.erf],
    "expm1": [torch.expm1],
    "log1p": [torch.log1p],
    "log_sigmoid": [functional.logsigmoid],
    "sign": [torch.sign],
    "round": [
        torch.round,
        lambda x: torch.round(x, decimals=2),
        lambda x: torch.round(x, decimals=400),
    ],
    "floor": [torch.floor],
    "ceiling": [torch.ceil],
    "hardshrink": [functional.hardshrink],
    "softshrink": [functional.softshrink],
    "threshold": [lambda x: functional.threshold(x, 0.1, -0.5)],
}


class Applied(nn.Module):
    """A function as a network."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def pictures():
    """Maps of one awkward value, maps with one in some places, and maps of all."""
    ordinary = torch.linspace(-2, 2, math.prod(SHAPE)).reshape(SHAPE)
    yield ordinary
    for value in AWKWARD:
        yield torch.full(SHAPE, value)
        holed = ordinary.clone()
        holed[0, 0, 0] = holed[-1, 1, 2] = value
        yield holed
    drawn = np.random.default_rng(0).choice(AWKWARD, (3, *SHAPE))
    yield from torch.from_numpy(drawn).float()


def places_of(shape, count=6):
    """Some places, the first and the last among them."""
    chosen = np.linspace(0, math.prod(shape) - 1, count).astype(int)
    places = (np.unravel_index(flat, shape) for flat in chosen)
    return dict.fromkeys(tuple(int(index) for index in place) for place in places)


def assert_answered(found):
    """JSON that keeps to the schema, with null for what is no finite number."""
    document = describe_explanation(UnitExplanation(found), "operation", 3)
    answer = json.loads(encoded_json({"model": "m", "image": "i", **document}))
    read = ExplanationSchema.model_validate(answer)
    explained = found.explained
    is_number = explained is not None and math.isfinite(explained)
    assert read.explained == (explained if is_number else None)
    assert (read.value is None) == (not math.isfinite(found.unit.value))


@pytest.mark.parametrize("operation", sorted(EXPLAINED_OPERATIONS))
def test_awkward_values_are_explained_as_the_network_has_them_or_not_at_all(operation):
    for function in FUNCTIONS[operation]:
        module = Applied(function).eval()
        graph = trace(module, SHAPE)
        layer = graph.layer(graph.output)
        assert layer.operation == operation
        count = 0
        for picture in pictures():
            activations = capture(graph, picture[None])
            with torch.inference_mode():
                values = module(picture[None])[0].to(torch.float32)
            assert tuple(values.shape) == layer.output_shape
            finite = picture[torch.isfinite(picture)].abs()
            largest = float(finite.max()) if len(finite) else 0.0
            for place in places_of(layer.output_shape):
                found = explain(graph, activations, layer.id, place)
                assert_answered(found)
                if found.explained is None:
                    assert found.kind == "unexplained"
                    continue
                count += 1
                with np.errstate(over="ignore"):
                    explained = float(np.float32(found.explained))
                # Of a sum, rounding is a share of what was added up, times what it is scaled by.
                summed = largest if found.kind in ("weighted_sum", "normalisation") else 0.0
                summed *= max([1.0, *(abs(s) for _, s in found.derivatives if math.isfinite(s))])
                assert explained == pytest.approx(
                    float(values[place]), rel=1e-4, abs=1e-6 * (1 + summed), nan_ok=True
                ), (picture, place, found)
        assert count


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x[:, :0].mean(1, keepdim=True), math.nan),
        (lambda x: x[:, :0].sum(1, keepdim=True), 0.0),
        (lambda x: x[:, :0].logsumexp(1, keepdim=True), -math.inf),
        (lambda x: x[:, :0].var(1, keepdim=True, correction=-1), None),
        (lambda x: functional.scaled_dot_product_attention(x, x[:, :, :0], x[:, :, :0]), 0.0),
        (lambda x: functional.scaled_dot_product_attention(x[..., :0], x[..., :0], x), None),
    ],
)
def test_numbers_made_of_none_are_explained_as_the_network_has_them_or_not_at_all(
    function, expected
):
    module = Applied(function).eval()
    graph = trace(module, SHAPE)
    picture = torch.ones(1, *SHAPE)
    found = explain(graph, capture(graph, picture), graph.output, (0, 0, 0))
    assert_answered(found)
    if expected is None:
        assert found.kind == "unexplained"
        assert all(0 not in graph.layer(one.layer_id).output_shape for one in found.operands)
    else:
        value = float(module(picture)[0, 0, 0, 0])
        assert (found.explained, value) == pytest.approx((expected, expected), nan_ok=True)
