"""The loss taken apart, against scipy, autograd, and sums done by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from torch.nn import functional

from models.lessons.loss import code_costs, confidences_loss, long_product, pictures_loss
from models.scratch.derivatives import finite_differences
from models.scratch.information import cross_entropy, divergence, entropy

NOTES = np.array([0.70, 0.80, 0.60, 0.30, 0.40])


def distributions(events):
    weights = st.lists(st.floats(0.001, 1), min_size=events, max_size=events)
    return weights.map(lambda each: np.array(each) / sum(each))


def test_five_confidences_of_the_notes():
    found = confidences_loss(NOTES)
    # 0.70 * 0.80 = 0.56, * 0.60 = 0.336, * 0.30 = 0.1008, * 0.40 = 0.04032.
    assert found.product == pytest.approx(0.04032, abs=1e-15)
    assert found.geometric_mean == pytest.approx(stats.gmean(NOTES), abs=1e-15)
    assert found.loss == pytest.approx(-math.log(0.04032) / 5, abs=1e-15)
    assert round(found.geometric_mean, 4) == 0.5261
    assert round(found.loss, 4) == 0.6422
    assert round(found.loss / math.log(2), 4) == 0.9265


def test_a_hopeless_guess_drags_the_mean_below_the_uniform_one_and_to_zero():
    """1/c is no floor: neither for two classes nor for a thousand."""
    means = []
    for worst in (0.1, 0.001, 1e-30, 0.0):
        confidences = np.array([0.9, 0.9, 0.9, 0.9, worst])
        found = confidences_loss(confidences)
        means.append(found.geometric_mean)
        assert found.geometric_mean == pytest.approx(stats.gmean(confidences), abs=1e-15)
    assert means == sorted(means, reverse=True)
    assert means[2] < 1 / 1000 * 10
    assert means[3] == 0
    assert found.product == 0
    assert found.loss == math.inf
    # What the others cost is told all the same.
    np.testing.assert_allclose(found.losses[:4], -math.log(0.9))


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_uniform_guess_is_one_in_c(classes):
    found = pictures_loss(np.zeros((4, classes)), np.array([0, 1, 1, 0]))
    assert found.geometric_mean == pytest.approx(1 / classes)
    assert found.loss / math.log(2) == pytest.approx(math.log2(classes))


def test_sure_and_right_pictures_cost_nothing():
    found = confidences_loss(np.ones(3))
    assert (found.product, found.geometric_mean, found.loss) == (1, 1, 0)
    assert not found.gradient.any()


@pytest.mark.parametrize("soft", [False, True])
def test_scores_agree_with_torch(soft):
    generator = np.random.default_rng(3)
    scores = generator.normal(scale=4, size=(6, 5))
    labels = generator.integers(0, 5, 6)
    truth = generator.dirichlet(np.ones(5), 6) if soft else labels
    tensor = torch.tensor(scores, requires_grad=True)
    each = functional.cross_entropy(tensor, torch.from_numpy(truth), reduction="none")
    (gradient,) = torch.autograd.grad(each.mean(), tensor)

    found = pictures_loss(scores, truth)
    np.testing.assert_allclose(found.probabilities, special.softmax(scores, axis=1), atol=1e-12)
    np.testing.assert_allclose(found.logarithms, special.log_softmax(scores, axis=1), atol=1e-12)
    np.testing.assert_allclose(found.log_sums, special.logsumexp(scores, axis=1), atol=1e-12)
    np.testing.assert_allclose(found.losses, each.detach(), atol=1e-12)
    assert found.loss == pytest.approx(each.mean().item())
    assert found.product == pytest.approx(math.exp(-each.sum().item()))
    np.testing.assert_allclose(found.gradient, gradient, atol=1e-6)
    slopes = finite_differences(lambda: pictures_loss(scores, truth).loss, scores)
    np.testing.assert_allclose(found.gradient, slopes, atol=1e-7)


def test_gradient_at_the_right_score_is_the_confidence_less_one_however_many_others():
    found = confidences_loss(NOTES)
    np.testing.assert_allclose(found.gradient[:, 0], (NOTES - 1) / 5, atol=1e-15)
    # The same five among ten classes: nine others share what is left.
    scores = np.log([[p] + [(1 - p) / 9] * 9 for p in NOTES])
    among_ten = pictures_loss(scores, np.zeros(5, dtype=int))
    np.testing.assert_allclose(among_ten.gradient[:, 0], found.gradient[:, 0], atol=1e-15)
    np.testing.assert_allclose(among_ten.gradient.sum(axis=1), 0, atol=1e-15)


# A product that no machine keeps.


def exact_product(confidences, pictures):
    """In whole numbers, which lose nothing."""
    factors = [Fraction(float(each)) for each in np.resize(confidences, pictures)]
    return math.prod(factors)


@pytest.mark.parametrize(
    ("confidences", "single", "double"),
    # Where the exact product falls below half of the smallest number there is, give or take a few
    # factors: close to that number a product has few digits left, and is rounded up or down.
    [(NOTES, 164, 1160), ([0.1], 46, 324), ([0.001], 16, 108), ([0.5], 150, 1075)],
)
def test_product_of_many_confidences_becomes_zero(confidences, single, double):
    found = long_product(np.array(confidences), 1000, 5000)
    assert (found.float32_is_zero_from, found.float64_is_zero_from) == (single, double)
    for smallest, first in ((2.0**-149, single), (2.0**-1074, double)):
        half = Fraction(smallest) / 2
        assert exact_product(confidences, first - 4) > half
        assert exact_product(confidences, first + 4) <= half
    assert found.logarithm == pytest.approx(
        sum(math.log(each) for each in np.resize(confidences, 1000))
    )


def test_product_of_a_thousand_is_zero_in_single_precision_and_tiny_in_double():
    found = long_product(NOTES, 1000, 5000)
    assert found.float32 == 0
    # 0.04032 ** 200 = 10 ** (200 * log10(0.04032)).
    assert found.float64 == pytest.approx(0.04032**200, rel=1e-12)
    assert -found.logarithm / 1000 == pytest.approx(confidences_loss(NOTES).loss)


def test_good_confidences_are_not_lost_within_reach():
    found = long_product(np.array([0.99]), 5000, 5000)
    assert found.float64 == pytest.approx(0.99**5000)
    assert found.float32 > 0
    assert (found.float32_is_zero_from, found.float64_is_zero_from) == (None, None)


def test_one_that_is_zero_ends_the_product_there():
    found = long_product(np.array([0.5, 0.5, 0.0]), 2, 10)
    assert (found.float32, found.float64) == (0.25, 0.25)
    assert (found.float32_is_zero_from, found.float64_is_zero_from) == (3, 3)
    assert long_product(np.array([0.5, 0.0]), 2, 10).logarithm == -math.inf


# Bits.


@given(distributions(5), distributions(5))
def test_codes_agree_with_scipy(p, q):
    found = code_costs(p, q)
    assert found.entropies.sum() == pytest.approx(stats.entropy(p, base=2), abs=1e-12)
    assert found.divergences.sum() == pytest.approx(stats.entropy(p, q, base=2), abs=1e-9)
    assert found.cross_entropies.sum() == pytest.approx(-(p @ np.log2(q)), abs=1e-12)
    assert found.cross_entropies.sum() >= found.entropies.sum() - 1e-12
    np.testing.assert_allclose(
        found.cross_entropies, found.entropies + found.divergences, atol=1e-12
    )


def test_a_weather_report_by_hand():
    p, q = np.array([0.5, 0.25, 0.125, 0.125]), np.array([0.25, 0.25, 0.25, 0.25])
    # 0.5 * 1 + 0.25 * 2 + 2 * 0.125 * 3 = 1.75, and two bits each in a code for four alike.
    assert (entropy(p), cross_entropy(p, q), divergence(p, q)) == (1.75, 2, 0.25)
    # The other way round: (1 + 2 + 3 + 3) / 4 = 2.25.
    assert (entropy(q), cross_entropy(q, p), divergence(q, p)) == (2, 2.25, 0.25)
    assert code_costs(p, q).divergences.tolist() == [0.5, 0, -0.125, -0.125]


def test_a_sure_truth_costs_minus_log_of_what_the_code_expected_of_it():
    p, q = np.array([0.0, 1.0, 0.0]), np.array([0.2, 0.125, 0.675])
    assert entropy(p) == 0
    assert cross_entropy(p, q) == divergence(p, q) == 3  # -log2 1/8


def test_what_the_code_never_expects_costs_without_end_only_if_it_happens():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.0, 0.5])
    assert cross_entropy(p, q) == divergence(p, q) == math.inf
    assert cross_entropy(q, q) == 1
    found = code_costs(p, q)
    assert found.lengths.tolist() == [1, math.inf, 1]
    assert found.best_lengths.tolist() == [1, 1, math.inf]
    assert found.cross_entropies.tolist() == [0.5, math.inf, 0]
