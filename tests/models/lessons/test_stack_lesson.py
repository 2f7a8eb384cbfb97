"""Stacks of layers against torch's own layers, published fields and hand sums."""

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from models.lessons.stack import StackError, StackLayer, computed, profile, reaching

LENET = [
    StackLayer("convolution", 5, channels=6),
    StackLayer("pool", 2, 2),
    StackLayer("convolution", 5, channels=16),
    StackLayer("pool", 2, 2),
    StackLayer("convolution", 5, channels=120),
]


def modules_of(layers: list[StackLayer], channels: int) -> nn.Sequential:
    """The same layers in torch, of double precision."""
    made: list[nn.Module] = []
    for layer in layers:
        shape = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
        if layer.kind == "pool":
            made.append(nn.MaxPool2d(layer.kernel, layer.stride))
            continue
        if layer.kind == "separable":
            made.append(nn.Conv2d(channels, channels, layer.kernel, groups=channels, **shape))
            made.append(nn.Conv2d(channels, layer.channels, 1))
        else:
            made.append(
                nn.Conv2d(channels, layer.channels, layer.kernel, groups=layer.groups, **shape)
            )
        channels = layer.channels
    return nn.Sequential(*made).double()


layers_of_any_kind = st.lists(
    st.builds(
        StackLayer,
        kind=st.sampled_from(["convolution", "separable"]),
        kernel=st.integers(1, 4),
        stride=st.integers(1, 2),
        padding=st.integers(0, 2),
        dilation=st.integers(1, 3),
        channels=st.sampled_from([2, 4]),
        groups=st.sampled_from([1, 2]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(layers=layers_of_any_kind, size=st.integers(8, 160))
@example(
    layers=[StackLayer("convolution", 1, 2)] * 3 + [StackLayer("convolution", 4, dilation=3)],
    size=61,
)
def test_a_stack_is_as_large_and_sees_as_much_as_in_torch(
    layers: list[StackLayer], size: int
) -> None:
    """Sizes and parameters of torch's layers; a unit's gradient is not 0 in its field alone.

    Where a window is larger than what it slides over, both refuse.
    """
    stack = modules_of(layers, 2)
    for parameter in stack.parameters():
        nn.init.uniform_(parameter, 0.5, 1)  # nothing cancels
    picture = torch.ones(1, 2, size, size, dtype=torch.float64, requires_grad=True)
    try:
        rows = computed(layers, size, 2)
    except StackError:
        with pytest.raises(RuntimeError, match="greater than actual input size"):
            stack(picture)
        return
    made = stack(picture)
    last = rows[-1]
    assert tuple(made.shape) == (1, last.channels, last.output, last.output)
    assert sum(row.parameters for row in rows) == sum(each.numel() for each in stack.parameters())
    place = last.output // 2
    (gradient,) = torch.autograd.grad(made[0, 0, place, place], picture)
    seen = np.flatnonzero(gradient[0].abs().sum((0, 1)).numpy())
    start = last.start + place * last.jump
    if start < 0 or start + last.size > size:
        return  # cut at the border
    assert (seen[0], seen[-1] + 1) == (start, start + last.size)
    assert len(seen) == last.read


@pytest.mark.parametrize(
    ("layer", "channels", "size"),
    [
        (StackLayer("convolution", 3, padding=1, channels=8), 4, 10),
        (StackLayer("convolution", 3, 2, 2, 2, channels=8, groups=4), 4, 11),
        (StackLayer("separable", 5, padding=2, channels=6), 3, 9),
    ],
)
def test_multiply_adds_are_as_many_as_torch_counts(
    layer: StackLayer, channels: int, size: int
) -> None:
    """Its own counter counts two operations for each."""
    stack = modules_of([layer], channels)
    with FlopCounterMode(display=False) as counter:
        stack(torch.zeros(1, channels, size, size, dtype=torch.float64))
    (row,) = computed([layer], size, channels)
    assert row.multiply_adds == counter.get_total_flops() / 2


def test_lenet_has_its_published_fields_and_numbers() -> None:
    """Fields 5, 6, 14, 16, 32; 156 + 2,416 + 48,120 parameters, as LeCun's table has c5."""
    rows = computed(LENET, 32, 1)
    assert [row.size for row in rows] == [5, 6, 14, 16, 32]
    assert [row.parameters for row in rows] == [156, 0, 2416, 0, 48_120]
    # 28 x 28 x 6 x 25, 10 x 10 x 16 x 150, 120 x 400.
    assert [row.multiply_adds for row in rows] == [117_600, 0, 240_000, 0, 48_000]
    assert [row.jump for row in rows] == [1, 2, 2, 4, 4]
    assert rows[-1].centre == 16


def test_the_same_rate_again_leaves_a_grid_and_others_do_not() -> None:
    def dilated(*rates: int) -> list[StackLayer]:
        return [StackLayer("convolution", 3, padding=rate, dilation=rate) for rate in rates]

    gridded, dense = (computed(dilated(*rates), 64, 1)[-1] for rates in ((2, 2, 2), (1, 2, 4)))
    assert (gridded.size, gridded.read) == (13, 7)
    assert (dense.size, dense.read) == (15, 15)
    assert np.flatnonzero(profile(dilated(2, 2, 2)).share).tolist() == [0, 2, 4, 6, 8, 10, 12]


def test_twenty_layers_are_luos_gaussian() -> None:
    """Luo et al. 2016: 2 n + 1 = 41 px, sigma = sqrt(2 n / 3) = 3.65, two of them in 15 px."""
    layers = [StackLayer("convolution", 3, padding=1)] * 20
    found = profile(layers)
    assert computed(layers, 64, 1)[-1].size == len(found.share) == 41
    assert found.sigma == pytest.approx(math.sqrt(40 / 3), rel=1e-12)
    assert f"{found.sigma:.2f}" == "3.65"
    assert found.central_px == 15
    assert np.abs(found.share - found.normal).max() < 0.002


def test_how_much_a_pixel_counts_is_the_gradient_of_equal_weights() -> None:
    layers = [
        StackLayer("convolution", 3, 2),
        StackLayer("convolution", 5, dilation=2),
        StackLayer("pool", 2, 2),
        StackLayer("convolution", 4, 3),
    ]
    signal = torch.zeros(1, 1, 101, dtype=torch.float64, requires_grad=True)
    made = signal
    for layer in layers:
        weight = torch.full((1, 1, layer.kernel), 1 / layer.kernel, dtype=torch.float64)
        made = nn.functional.conv1d(made, weight, stride=layer.stride, dilation=layer.dilation)
    (gradient,) = torch.autograd.grad(made[0, 0, 0], signal)
    share = gradient[0, 0].numpy()
    found = profile(layers)
    np.testing.assert_allclose(found.share, share[: len(found.share)], atol=1e-15)
    assert not share[len(found.share) :].any()
    places = np.arange(len(share))
    variance = share @ places**2 - (share @ places) ** 2
    assert found.sigma == pytest.approx(math.sqrt(variance))


@pytest.mark.parametrize("target", [1, 2, 31, 41, 100, 224])
def test_proposed_stacks_reach_the_target_and_none_is_longer_than_it_must_be(target: int) -> None:
    found = dict(reaching(target, 64))
    assert set(found) == {"window", "plain", "separable", "strided", "pooled", "dilated"}
    for way, layers in found.items():
        rows = computed(layers, 2048, 64)
        assert rows[-1].size >= target, way
        assert len(layers) == 1 or rows[-2].size < target, way
    assert (
        computed(found["dilated"], 2048, 64)[-1].read
        == computed(found["dilated"], 2048, 64)[-1].size
    )


def test_what_cannot_stand_says_which_layer_and_why() -> None:
    with pytest.raises(StackError, match=r"layer 2: its window reaches over 5, and 3 come in"):
        computed([StackLayer("convolution", 5), StackLayer("convolution", 5)], 7, 1)
    with pytest.raises(StackError, match=r"layer 1: 3 channels in and 8 out make no 2 equal"):
        computed([StackLayer("convolution", 3, channels=8, groups=2)], 7, 3)
