"""Scores at several temperatures, against scipy."""

import numpy as np
import pytest
from scipy import special

from models.lessons.scores import log_sums, probabilities

TEMPERATURES = np.array([0.001, 0.1, 1.0, 2.5, 10.0, 1000.0])
CASES = {
    "a thousand": np.random.default_rng(3).normal(0, 4, 1000),
    "one": np.array([3.0]),
    "equal": np.full(7, -2.0),
    "huge and tiny": np.array([1e6, -1e6, 0.0, 1e-12]),
}


@pytest.mark.parametrize("scores", CASES.values(), ids=CASES)
def test_sums_and_shares_are_those_of_scipy(scores) -> None:
    tempered = scores / TEMPERATURES[:, None]
    np.testing.assert_allclose(
        log_sums(scores, TEMPERATURES), special.logsumexp(tempered, axis=1), rtol=1e-12, atol=1e-12
    )
    first = min(3, len(scores))
    np.testing.assert_allclose(
        probabilities(scores, TEMPERATURES, first),
        special.softmax(tempered, axis=1)[:, :first],
        rtol=1e-9,
        atol=1e-12,
    )


def test_cold_is_the_argmax_and_hot_is_one_in_c() -> None:
    """By hand: e^-1000 is below every float, and e^(+-0.002) is within 0.3 % of 1."""
    cold, hot = probabilities(np.array([0.0, 1.0, -1.0]), np.array([1e-3, 1e3]), 3)
    assert cold.tolist() == [0, 1, 0]
    np.testing.assert_allclose(hot, 1 / 3, rtol=2e-3)
