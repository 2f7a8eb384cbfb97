"""Where the channels come last: what keeps them there is followed, what does not is not guessed."""

import pytest
import torch
from channels_last_networks import CHANNELS_LAST

from app.inspection.activations.capture import capture
from app.inspection.arithmetic.unit import explain
from app.inspection.fields.reach import Reach
from app.inspection.fields.receptive_field import field_table
from app.inspection.tracing.tracing import trace

# What a unit of the permutation back to channels first sees: size, stride and start, rows first.
FOLLOWED = {
    "last, merged": ((2, 2, 0), (2, 2, 0)),
    "last, halves": ((1, 1, 0), (1, 1, 0)),
    "last, slices": ((1, 1, 1), (1, 2, 0)),
    "last, every other channel": ((1, 1, 0), (1, 1, 0)),
    "last, parts of rows": ((1, 1, 1), (1, 1, 0)),
    "last, parts of columns": ((1, 1, 0), (1, 1, 2)),
    "last, softmax": ((1, 1, 0), (1, 1, 0)),
    "last, mean of channels": ((1, 1, 0), (1, 1, 0)),
}
LOST = ("pool", "adaptive", "to one", "upsample", "neighbours", "shuffle", "groups", "batch norm")


def graph_of(name):
    return trace(CHANNELS_LAST[name].eval().requires_grad_(requires_grad=False), (4, 6, 6))


def last_permutation(graph):
    return [layer for layer in graph.layers if layer.operation == "permute"][-1]


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_layout_that_is_kept_is_followed_to_the_pixel(name):
    graph = graph_of(name)
    back = last_permutation(graph)
    field = field_table(graph)[back.id]
    assert (field.extent, field.status) == ("local", "exact")
    axes = (field.local.rows, field.local.columns)
    assert tuple((axis.size, axis.stride, axis.start) for axis in axes) == FOLLOWED[name]
    region = Reach(graph).unit(back.id, 1, 1, 0)
    assert not region.is_bound
    (_, row, height), (_, column, width) = (
        (stride, start + stride, size) for size, stride, start in FOLLOWED[name]
    )
    assert region.mask[row : row + height, column : column + width].all()
    assert region.mask.sum() == height * width


def test_a_gate_sees_everything():
    graph = graph_of("last, gate")
    assert field_table(graph)[last_permutation(graph).id].extent == "global"


@pytest.mark.parametrize("name", LOST)
def test_nothing_is_claimed_once_the_layout_is_lost(name):
    graph = graph_of(f"last, {name}")
    activations = capture(graph, torch.rand(1, 4, 6, 6))
    lost = next(
        layer
        for layer in graph.layers
        if layer.reads_channels_last and layer.operation not in ("relu", "permute")
    )
    field = field_table(graph)[lost.id]
    assert (field.local, field.status) == (None, "unknown")
    assert "channels are last" in field.reason
    found = explain(graph, activations, lost.id, (0, 0, 0))
    assert (found.kind, found.explained) == ("unexplained", None)
    assert "other axes" in found.note


def test_a_slice_of_rows_takes_no_channels():
    graph = graph_of("last, slice of rows")
    activations = capture(graph, torch.rand(1, 4, 6, 6))
    cut = next(layer for layer in graph.layers if layer.operation == "slice")
    assert cut.channels is None
    found = explain(graph, activations, cut.id, (3, 2, 5))
    (operand,) = found.operands
    assert operand.place == (3, 3, 5)
    assert "channels" not in found.note
