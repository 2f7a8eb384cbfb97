"""Products and lengths of patches, against scipy and loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy
from scipy.spatial import distance
from scipy.stats import pearsonr

from models.lessons.patches import (
    difference,
    likeness,
    lp_norm,
    measures,
    pair,
    patch_at,
    shortest_way,
    way,
    without_mean,
)

SIDE = 3
RANDOM = np.random.default_rng(5)
PICTURE = RANDOM.uniform(size=(3, 9, 10))
PLACE = (2, 4)

levels = st.integers(0, 255).map(lambda level: level / 255)
patches = hypothesis_numpy.arrays(np.float64, (3, SIDE, SIDE), elements=levels)
norms = st.one_of(st.floats(1, 64), st.just(math.inf))


@given(patches, patches, patches, norms)
def test_no_way_round_is_shorter_than_straight(a, b, c, p) -> None:
    found = way(a, b, c, p)
    assert found.detour >= -1e-12 * found.straight


@given(patches, norms, st.floats(-10, 10))
def test_a_factor_comes_out_and_only_nothing_has_length_0(a, p, factor) -> None:
    assert float(lp_norm(factor * a, p)) == pytest.approx(abs(factor) * float(lp_norm(a, p)))
    assert (float(lp_norm(a, p)) == 0) == (not a.any())


def test_below_1_it_is_no_norm() -> None:
    """Steps along two axes: 1 and 1, and straight 2^(1/p) = 4 for p = 1/2."""
    a, b, c = (np.array([[values]]) for values in ([0.0, 0.0], [1.0, 0.0], [1.0, 1.0]))
    found = way(a, b, c, 0.5)
    assert (found.first, found.second) == (1, 1)
    assert found.straight == pytest.approx(4)
    assert found.detour == pytest.approx(-2)


@pytest.mark.parametrize("p", [0.5, 1, 1.7, 2, 3, 10, 64, math.inf])
def test_norms_are_those_of_scipy(p: float) -> None:
    windows = RANDOM.normal(size=(5, 12))
    expected = [distance.minkowski(row, np.zeros(12), p) for row in windows]
    np.testing.assert_allclose(lp_norm(windows, p, axis=1), expected, rtol=1e-12)
    assert float(lp_norm(windows[0], p)) == pytest.approx(expected[0], rel=1e-12)


def test_norms_of_numbers_whose_powers_no_number_holds() -> None:
    assert float(lp_norm(np.array([3e-200, 4e-200]), 2)) == pytest.approx(5e-200)
    assert float(lp_norm(np.full(4, 1e10), 64)) == pytest.approx(1e10 * 4 ** (1 / 64))


def test_frobenius_is_the_norm_of_a_matrix_laid_out() -> None:
    a = patch_at(PICTURE, PLACE, SIDE)
    assert pair(a, a).lengths[0] == pytest.approx(
        math.sqrt(sum(np.linalg.norm(matrix, "fro") ** 2 for matrix in a))
    )


def test_products_of_two_patches() -> None:
    a, b = patch_at(PICTURE, PLACE, SIDE), patch_at(PICTURE, (5, 0), SIDE)
    found = pair(a, b)
    for place in np.ndindex(a.shape):
        assert found.hadamard[place] == a[place] * b[place]
    assert found.dot == pytest.approx(np.vdot(a, b))
    assert found.dots == pytest.approx(np.einsum("cij,cij->c", a, b))
    assert found.cosine == pytest.approx(1 - distance.cosine(a.ravel(), b.ravel()))


def test_without_means_the_cosine_of_one_colour_is_the_correlation() -> None:
    a, b = RANDOM.uniform(size=(2, 1, 4, 4))
    found = pair(a, b, centred=True).cosine
    assert found == pytest.approx(pearsonr(a.ravel(), b.ravel()).statistic)
    assert pair(a, 0.3 * a + 0.5, centred=True).cosine == pytest.approx(1)


@given(patches, patches, st.floats(0.1, 4), st.floats(-1, 1))
def test_light_changes_all_but_the_cosine_without_means(a, b, gain, lift) -> None:
    plain, lit = measures(a, b, 2), measures(a, gain * b + lift, 2)
    assert lit.dot == pytest.approx(gain * plain.dot + lift * a.sum())
    if plain.centred is None:
        assert lit.centred is None
    else:
        assert lit.centred == pytest.approx(plain.centred, abs=1e-9)


def test_a_flat_patch_has_no_angle() -> None:
    flat = np.full((3, SIDE, SIDE), 0.1)
    assert not without_mean(flat).any()
    assert pair(flat, patch_at(PICTURE, PLACE, SIDE), centred=True).cosine is None
    picture = PICTURE.copy()
    picture[:, :SIDE, :SIDE] = flat
    assert likeness(picture, PLACE, SIDE, "centred").values[0, 0] == 0


@pytest.mark.parametrize("p", [0.5, 2, math.inf])
def test_who_counts_in_a_difference(p: float) -> None:
    a, b = patch_at(PICTURE, PLACE, SIDE), patch_at(PICTURE, (5, 0), SIDE)
    found = difference(a, b, p, (1.0, math.inf))
    sizes = np.abs(a - b)
    if math.isinf(p):
        expected = (sizes == sizes.max()).any(axis=0).astype(float)
    else:
        expected = (sizes**p).sum(axis=0) / (sizes**p).sum()
    np.testing.assert_allclose(found.shares, expected, atol=1e-12)
    assert found.norms == pytest.approx([sizes.sum(), sizes.max()])
    assert not difference(a, a, p).shares.any()


def value_by_hand(a: np.ndarray, b: np.ndarray, measure: str) -> float:
    if measure == "distance":
        return float(np.sum(np.abs(a - b) ** 3)) ** (1 / 3)
    if measure == "centred":
        a, b = (each - each.mean(axis=(1, 2))[:, None, None] for each in (a, b))
    dot = float(np.sum(a * b))
    return dot if measure == "dot" else dot / math.sqrt(float(np.sum(a**2) * np.sum(b**2)))


@pytest.mark.parametrize("measure", ["dot", "cosine", "centred", "distance"])
def test_every_place_is_compared(measure) -> None:
    found = likeness(PICTURE, PLACE, SIDE, measure, p=3)
    a = patch_at(PICTURE, PLACE, SIDE)
    values = {
        (row, column): value_by_hand(
            a, PICTURE[:, row : row + SIDE, column : column + SIDE], measure
        )
        for row in range(7)
        for column in range(8)
    }
    assert found.values.shape == (7, 8)
    for place, value in values.items():
        assert found.values[place] == pytest.approx(value, abs=1e-12)
    sign = -1 if measure == "distance" else 1
    better = [place for place in values if sign * values[place] > sign * values[PLACE] + 1e-9]
    assert found.rank == len(better) + 1
    apart = [p for p in values if max(abs(p[0] - PLACE[0]), abs(p[1] - PLACE[1])) >= SIDE]
    assert found.best[0] == max(apart, key=lambda place: sign * values[place])
    assert len(found.best) == 3
    for place in found.best:
        others = [PLACE, *(other for other in found.best if other != place)]
        assert all(
            max(abs(place[0] - row), abs(place[1] - column)) >= SIDE for row, column in others
        )


def test_a_patch_is_its_own_best_match_by_all_but_the_dot_product() -> None:
    """The inequality of Cauchy and Schwarz; a dark patch in a bright picture loses by the dot."""
    picture = PICTURE.copy()
    picture[:, 2:5, 4:7] *= 0.1
    ranks = {
        measure: likeness(picture, PLACE, SIDE, measure).rank
        for measure in ("dot", "cosine", "centred", "distance")
    }
    assert ranks.pop("dot") > 10
    assert set(ranks.values()) == {1}


def test_the_shortest_way_leads_past_nobody_unless_p_is_below_1() -> None:
    """From dark to bright by an edge between the two, half of whose numbers are of either."""
    picture = np.zeros((1, 4, 8))
    picture[..., 4:] = 1
    assert shortest_way(picture, (0, 0), (0, 6), 2, 1.0) == (0, 0)
    assert shortest_way(picture, (0, 0), (0, 6), 2, 2.0) == (0, 0)
    assert shortest_way(picture, (0, 0), (0, 6), 2, 0.5)[1] == 3
    edge = way(*(patch_at(picture, place, 2) for place in ((0, 0), (0, 3), (0, 6))), 0.5)
    # Two numbers of four differ on either half: 2^2 and 2^2 against 4^2.
    assert (edge.first, edge.second, edge.straight) == pytest.approx((4, 4, 16))
