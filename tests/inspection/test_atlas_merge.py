"""Summaries of parts come to the same bytes in whatever order they are put together."""

import math
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.atlas.files import open_summary, to_bytes
from app.inspection.atlas.histogram import BINS, EDGES, ZERO_BIN, bins_of, counts_of
from app.inspection.atlas.layer_pass import LayerPass
from app.inspection.atlas.manifest import LeftOut
from app.inspection.atlas.strongest import NOBODY, StrongestSoFar
from app.inspection.atlas.summary import Answers, Summary, merge
from app.inspection.atlas.sums import OverlappingPartsError, folded
from models.disk.checked_fields import DamagedRecordError

torch = pytest.importorskip("torch")

CHANNELS, TOP = 3, 4


def answers(pictures):
    count = len(pictures)
    return Answers(
        pictures=np.array(pictures, np.int32),
        predicted=np.array(pictures, np.int32) % 5,
        probability=np.linspace(0, 1, count, dtype=np.float32),
        own=np.full(count, np.nan, np.float32),
        boxes=np.ones((count, 4)),
        sizes=np.ones((count, 2), np.int32),
    )


def part(shard, pictures, seed):
    """A part of pictures with few different values, so that there are ties."""
    generator = np.random.default_rng(seed)
    maps = generator.integers(-2, 3, (len(pictures), CHANNELS, 2, 3)).astype(np.float32) / 3
    classes = np.array([picture % 3 for picture in pictures])
    present = np.unique(classes).astype(np.int32)
    layer = LayerPass(CHANNELS, TOP, present)
    if len(pictures):
        layer.add(torch.from_numpy(maps), 0, np.searchsorted(present, classes))
    summary = Summary(
        answers=answers(pictures),
        left_out=(LeftOut(f"{shard}.jpg", "It is damaged."),) if seed % 2 else (),
        layers={"conv": layer.found(np.array(pictures, np.int32), (0, shard))},
    )
    return summary, maps


@st.composite
def some_parts(draw):
    """Parts of a shuffled manifest, and two ways to put them together."""
    shards = draw(st.integers(1, 9))
    order = draw(st.permutations(range(shards * 3)))
    parts = [
        part(shard, sorted(order[shard * 3 : shard * 3 + 3]), draw(st.integers(0, 99)))
        for shard in range(shards)
    ]
    return parts, [draw(ways(tuple(range(shards)))) for _ in range(2)]


@st.composite
def ways(draw, shards):
    """A tree over the parts in any order: a nested pair, or one part."""
    shuffled = draw(st.permutations(shards))
    trees = list(shuffled)
    while len(trees) > 1:
        at = draw(st.integers(0, len(trees) - 2))
        trees[at : at + 2] = [(trees[at], trees[at + 1])]
    return trees[0]


def together(tree, parts):
    if isinstance(tree, int):
        return parts[tree][0]
    return merge(together(tree[0], parts), together(tree[1], parts))


@given(some_parts())
def test_any_order_and_grouping_gives_the_same_bytes(drawn):
    parts, (one, other) = drawn
    assert to_bytes(together(one, parts)) == to_bytes(together(other, parts))


@given(some_parts())
def test_it_is_what_plain_sorting_finds(drawn):
    parts, (way, _) = drawn
    layer = together(way, parts).layers["conv"]
    units = []
    for summary, maps in parts:
        for picture, values in zip(summary.answers.pictures, maps, strict=True):
            flat = values.reshape(CHANNELS, -1)
            units += [(picture, flat.argmax(1), flat.max(1))]
    for channel in range(CHANNELS):
        found = sorted((-best[channel], picture, at[channel]) for picture, at, best in units)[:TOP]
        strongest = layer.strongest
        got = zip(
            -strongest.values[channel], strongest.pictures[channel], strongest.places[channel],
            strict=True,
        )  # fmt: skip
        assert [each for each in got if each[1] != NOBODY] == found
    everything = np.concatenate([maps for _, maps in parts]).astype(np.float64)
    sums = folded(layer.sums)
    assert sums.total == pytest.approx(everything.sum((0, 2, 3)), abs=1e-5)
    assert sums.squares == pytest.approx(np.square(everything).sum((0, 2, 3)), rel=1e-6)
    assert layer.active.tolist() == (everything > 0).sum((0, 2, 3)).tolist()
    largest = everything.max((2, 3))
    shown = np.concatenate([summary.answers.pictures for summary, _ in parts])
    for row, name in enumerate(sums.classes):
        assert sums.maxima[row] == pytest.approx(largest[shown % 3 == name].sum(0), abs=1e-6)


def test_a_part_counts_once():
    one, two = (part(shard, [shard], 1)[0] for shard in (2, 3))
    with pytest.raises(OverlappingPartsError):
        merge(one, one)
    with pytest.raises(OverlappingPartsError):
        merge(merge(one, two), two)


def test_sums_wait_for_their_neighbour():
    parts = [part(shard, [shard], shard)[0] for shard in range(8)]
    assert list(merge(parts[1], parts[2]).layers["conv"].sums) == [(0, 1), (0, 2)]
    assert list(reduce(merge, parts).layers["conv"].sums) == [(3, 0)]
    assert list(reduce(merge, parts[:7]).layers["conv"].sums) == [(0, 6), (1, 2), (2, 0)]


def test_a_file_gives_back_what_was_written(tmp_path):
    whole = merge(part(0, [0, 4], 1)[0], part(1, [2], 3)[0])
    path = tmp_path / "part.safetensors"
    path.write_bytes(to_bytes(whole))
    with open_summary(path) as file:
        assert to_bytes(file.summary()) == path.read_bytes()
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedRecordError), open_summary(path):
        pass
    path.write_bytes(b"no file of ours")
    with pytest.raises(DamagedRecordError), open_summary(path):
        pass


def test_bins_are_those_of_the_edges():
    assert EDGES[ZERO_BIN - 1] == 0
    generator = np.random.default_rng(1)
    values = (generator.normal(size=5000) * np.exp(generator.normal(size=5000) * 3)).astype(
        np.float32
    )
    values = np.concatenate((values, np.array([0.0, -0.0, 0.125, 1.5, 64, 1e30, np.inf], "f4")))
    bins = bins_of(values)
    for value, found in zip(values, bins, strict=True):
        positive = [edge for edge in EDGES if edge > 0]
        step = 0 if value == 0 else 1 + sum(abs(value) >= edge for edge in positive)
        assert found == ZERO_BIN + math.copysign(step, value), value
    assert bins_of(np.array([-np.inf, np.nan], "f4")).tolist() == [0, BINS - 1]
    counts = counts_of(np.stack((values, values)).T)
    assert counts.sum(1).tolist() == [len(values)] * 2
    assert counts[0].tolist() == np.bincount(bins, minlength=BINS).tolist()


def test_what_is_no_number_excites_nobody():
    so_far = StrongestSoFar(1, 3)
    values = np.array([[np.nan], [-np.inf], [-0.0], [0.0]], np.float32)
    so_far.add(values, np.zeros((4, 1), np.int64), 0)
    found = so_far.found(np.arange(10, 14, dtype=np.int32))
    assert found.pictures.tolist() == [[12, 13, 11]]
    assert found.values.tolist() == [[0, 0, -math.inf]]
