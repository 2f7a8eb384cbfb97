"""What interpolations read, against `torch.nn.functional.interpolate` of positions."""

import pytest
import torch
from torch.nn import functional

from app.inspection.axis_reach import positions
from app.inspection.graph import LayerNode
from app.inspection.interpolation import interpolation_reach


def layer(name, **arguments):
    return LayerNode(
        id="up", operation="upsample", known=True, module="", module_class="", inputs=("input",),
        output_shape=(1, 1, 1), arguments=arguments, aten=(f"aten.{name}.vec",),
    )  # fmt: skip


def nearest_of(before, **settings):
    """Which position each output takes, as torch does it."""
    ramp = torch.arange(before, dtype=torch.float32).reshape(1, 1, before)
    return [int(place) for place in functional.interpolate(ramp, **settings).flatten()]


def read(found):
    assert all(bits.bit_count() == 1 for bits in found.reads)
    return [next(positions(bits)) for bits in found.reads]


def test_nearest_by_size_is_torchs_for_every_pair_of_sizes():
    """73 of these 7,872 are not what whole numbers would give."""
    up = layer("upsample_nearest2d", output_size=(1, 1), scale_factors=None)
    by_rounding = 0
    for before in range(1, 65):
        for after in range(1, 124):
            expected = nearest_of(before, size=after)
            assert read(interpolation_reach(up, 0, before, after)) == expected, (before, after)
            by_rounding += expected != [place * before // after for place in range(after)]
    assert by_rounding > 50


@pytest.mark.parametrize("scale", [0.3, 0.7, 1.1, 1.3, 2.05, 3.7])
def test_nearest_by_a_scale_is_torchs(scale):
    """It divides by the scale, not by the quotient of the sizes."""
    up = layer("upsample_nearest2d", output_size=None, scale_factors=(scale, 1.0))
    differs = 0
    for before in range(4, 60):
        expected = nearest_of(before, scale_factor=scale)
        assert read(interpolation_reach(up, 0, before, len(expected))) == expected
        assert read(interpolation_reach(up, 1, before, before)) == list(range(before))
        differs += expected != nearest_of(before, size=len(expected))
    assert differs


@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("before", "scale"), [(7, 1.3), (9, 0.6), (8, 2.0), (5, 1.1), (1, 3.0)])
def test_what_has_a_gradient_is_read(mode, before, scale, corners):
    up = layer(
        f"upsample_{mode}2d", output_size=None, scale_factors=(1.0, scale), align_corners=corners
    )
    row = torch.randn(1, 1, 1, before, requires_grad=True)
    made = functional.interpolate(row, scale_factor=(1.0, scale), mode=mode, align_corners=corners)
    found = interpolation_reach(up, 1, before, made.shape[3])
    for output, bits in enumerate(found.reads):
        (gradient,) = torch.autograd.grad(made[0, 0, 0, output], row, retain_graph=True)
        assert list(positions(bits)) == torch.nonzero(gradient.flatten()).flatten().tolist()
