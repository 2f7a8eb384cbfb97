"""What interpolations read, against `torch.nn.functional.interpolate` of positions."""

import pytest
import torch
from torch.nn import functional

from app.inspection.fields.interpolation import interpolation_reach
from app.inspection.graph.axis_reach import positions
from app.inspection.graph.layer_node import LayerNode


def layer(name, **arguments):
    return LayerNode(
        id="up", operation="upsample", known=True, module="", module_class="", inputs=("input",),
        output_shape=(1, 1, 1), arguments=arguments, aten=(f"aten.{name}.vec",),
    )  # fmt: skip


def nearest_of(before, *, columns=3, last=False, **settings):
    """Which row each output takes, as torch does it."""
    ramp = torch.arange(before, dtype=torch.float32).reshape(1, 1, before, 1)
    maps = ramp.repeat(1, 4, 1, columns)
    if last:
        maps = maps.contiguous(memory_format=torch.channels_last)
    return [int(place) for place in functional.interpolate(maps, **settings)[0, 0, :, 0]]


def read(found):
    assert all(bits.bit_count() == 1 for bits in found.reads)
    return [next(positions(bits)) for bits in found.reads]


def test_nearest_by_size_is_torchs_for_every_pair_of_sizes():
    """73 of these 7,872 are not what whole numbers would give."""
    up = layer("upsample_nearest2d", output_size=(1, 1), scale_factors=None)
    by_rounding = 0
    for before in range(1, 65):
        for after in range(1, 124):
            expected = nearest_of(before, size=(after, 3))
            assert read(interpolation_reach(up, 0, before, after)) == expected, (before, after)
            by_rounding += expected != [place * before // after for place in range(after)]
    assert by_rounding > 50


@pytest.mark.parametrize("scale", [0.3, 0.7, 1.1, 1.3, 2.05, 3.7])
def test_nearest_by_a_scale_is_torchs(scale):
    """It divides by the scale, not by the quotient of the sizes."""
    up = layer("upsample_nearest2d", output_size=None, scale_factors=(scale, 1.3))
    differs = 0
    for before in range(4, 60):
        for columns, last in ((1, False), (5, False), (5, True), (64, False)):
            expected = nearest_of(before, columns=columns, last=last, scale_factor=(scale, 1.3))
            assert read(interpolation_reach(up, 0, before, len(expected))) == expected
        differs += expected != nearest_of(before, size=(len(expected), 83))
    assert differs


@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    ("before", "scale"), [(7, 1.3), (9, 0.6), (8, 2.0), (5, 1.1), (3, 1.1), (1, 3.0)]
)
def test_what_moves_an_output_is_read(mode, before, scale, corners):
    up = layer(
        f"upsample_{mode}2d", output_size=None, scale_factors=(1.0, scale), align_corners=corners
    )
    # Maps in which one column each is 1: what is not 0 afterwards reads it.
    units = torch.eye(before).reshape(before, 1, 1, before).repeat(1, 1, 4, 1)
    made = functional.interpolate(
        units, scale_factor=(1.0, scale), mode=mode, align_corners=corners
    )
    found = interpolation_reach(up, 1, before, made.shape[3])
    for output, bits in enumerate(found.reads):
        moved = torch.nonzero(made[:, 0, 0, output]).flatten().tolist()
        assert list(positions(bits)) == moved
