"""Designs in steps, and two beside each other, against published tables and sums by hand."""

from dataclasses import replace

import pytest

from app.inspection.designs.differences import differences
from app.inspection.designs.lanes import joins_of
from app.inspection.designs.steps import Step, depth_of, steps_of
from app.inspection.fields.receptive_field import field_table
from app.stores.graph_files import GraphFiles
from models.catalogue.catalogue import catalogue
from models.catalogue.milestones import MILESTONES

# Parameters and layers with weights, as published or summed by hand; the field of the last maps.
PUBLISHED = {
    "LeNet-5": (61_706, 5, 32),
    "AlexNet": (60_965_224, 8, 195),
    "ZF Net": (62_357_608, 8, 171),
    "VGG-16": (138_357_544, 16, 212),
    "GoogLeNet": (6_998_552, 22, 715),
    "ResNet-50": (25_557_032, 50, 483),
}


def graph_of(model: str):
    entry = catalogue().resolve(model)
    design = entry.architecture
    found = GraphFiles(None).find(design.name, design.input_shape, design.classes)
    assert found is not None
    return found


def steps(model: str) -> tuple[Step, ...]:
    graph = graph_of(model)
    return steps_of(graph, field_table(graph))


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda each: each.name)
def test_counts_depths_and_fields_are_those_published(milestone) -> None:
    parameters, depth, field = PUBLISHED[milestone.name]
    graph = graph_of(milestone.model)
    found = steps_of(graph, field_table(graph))
    assert sum(step.parameters for step in found) == parameters
    assert sum(layer.macs for layer in graph.layers) == sum(step.macs for step in found)
    assert depth_of(graph) == depth
    last_maps = [step for step in found if step.size > 1 or step.kind == "convolution"][-1]
    assert last_maps.field == field


def test_the_steps_of_vgg_are_column_d_of_its_table() -> None:
    """Simonyan and Zisserman, table 1: convolutions in a row and their maps; three dense layers."""
    found = steps("vgg16_paper.random")
    windows = [(step.count, step.maps) for step in found if step.kind == "convolution"]
    assert windows == [(2, (64,)), (2, (128,)), (3, (256,)), (3, (512,)), (3, (512,))]
    assert all(step.windows == (3,) for step in found if step.kind == "convolution")
    dense = [step.parameters for step in found if step.kind == "dense"]
    assert dense == [25_088 * 4_096 + 4_096, 4_096 * 4_096 + 4_096, 4_096 * 1_000 + 1_000]
    assert dense[0] == 102_764_544


def test_the_lanes_of_googlenet_are_the_rows_of_its_table() -> None:
    """Szegedy et al., table 1: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection."""
    joins = joins_of(graph_of("googlenet_paper.random"))
    rows = [tuple(maps for lane in join.lanes for maps in lane.maps) for join in joins]
    assert rows == [
        (64, 96, 128, 16, 32, 32),
        (128, 128, 192, 32, 96, 64),
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
        (256, 160, 320, 32, 128, 128),
        (384, 192, 384, 48, 128, 128),
    ]
    fives = joins[0].lanes[2]
    assert fives.windows == (1, 5)
    assert fives.parameters == (192 * 16 + 16) + (5 * 5 * 16 * 32 + 32)
    assert [lane.is_pooled for lane in joins[0].lanes] == [False, False, False, True]


def test_a_bridge_is_the_input_itself_or_one_projection() -> None:
    joins = joins_of(graph_of("resnet8_32.mnist5k"))
    bridges = [join.lanes[1] for join in joins]
    assert [bridge.windows for bridge in bridges] == [(), (1,), (1,)]
    # A 1x1 convolution without bias, and two numbers a map of its normalisation.
    assert [bridge.parameters for bridge in bridges] == [0, 16 * 32 + 64, 32 * 64 + 128]


def test_zf_net_is_alexnet_but_for_four_windows_and_the_normalisations() -> None:
    """Its paper, section 3 and figure 3: 7x7 at stride 2, no groups, pooled before normalised."""
    before, after = steps("alexnet_paper.random"), steps("zfnet.random")
    rows = differences(before, after)
    changed = {after[row.after].layers[0]: row.changed for row in rows if row.mark == "changed"}
    assert changed == {
        "conv1": ("windows", "stride", "size"),
        "pool1": ("size",),
        "conv2": ("stride", "groups", "size"),
        "conv4": ("groups",),
        "conv5": ("groups",),
    }
    assert [before[row.before].kind for row in rows if row.mark == "gone"] == ["normalisation"] * 2
    assert [after[row.after].kind for row in rows if row.mark == "new"] == ["normalisation"] * 2
    assert [after[row.after].layers[0] for row in rows if row.mark == "same"] == [
        *("pool2", "conv3", "pool5", "fc6", "fc7", "fc8"),
    ]


def test_the_first_dense_layer_of_vgg_reads_more_than_that_of_zf_net() -> None:
    """7 x 7 x 512 numbers where that one reads 6 x 6 x 256; the other two are the same."""
    before, after = steps("zfnet.random"), steps("vgg16_paper.random")
    rows = [row for row in differences(before, after) if after[row.after or 0].kind == "dense"]
    assert [row.changed for row in rows] == [("inputs",), (), ()]
    assert (before[rows[0].before].inputs, after[rows[0].after].inputs) == (9_216, 25_088)


@pytest.mark.parametrize("place", range(1, 6))
def test_every_step_of_both_stands_in_one_row_in_its_order(place: int) -> None:
    before, after = (steps(MILESTONES[each].model) for each in (place - 1, place))
    rows = differences(before, after)
    assert [row.before for row in rows if row.before is not None] == list(range(len(before)))
    assert [row.after for row in rows if row.after is not None] == list(range(len(after)))


def test_a_design_beside_itself_is_the_same_and_one_beside_nothing_is_new() -> None:
    found = steps("lenet5.random")
    assert {row.mark for row in differences(found, found)} == {"same"}
    assert {row.mark for row in differences((), found)} == {"new"}
    wider = (replace(found[0], maps=(7,)), *found[1:])
    (row, *others) = differences(found, wider)
    assert (row.mark, row.changed) == ("changed", ("maps",))
    assert {each.mark for each in others} == {"same"}
