"""Scores that are no numbers, zeros below zero and remainders of rounding."""

import json
import math

import numpy as np
import pytest

from app.inspection.activations.prediction import entropy_bits, softmax, top_classes
from app.inspection.json_numbers import json_numbers
from app.inspection.rendering.encoding import envelope

LABELS = ("a", "b", "c", "d")


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_entropy_of_what_is_no_distribution_is_unknown(bad):
    logits = np.array([1, bad, 0, -2], np.float32)
    assert np.isnan(softmax(logits)).all()
    assert entropy_bits(softmax(logits)) is None
    assert len(top_classes(logits, LABELS, 4)) == 4


def test_class_that_is_ruled_out_takes_no_share():
    """exp(-inf) = 0: two equal ones are left, between which one bit decides."""
    shares = softmax(np.array([0, 0, -math.inf, -math.inf], np.float32))
    assert shares.tolist() == [0.5, 0.5, 0, 0]
    assert entropy_bits(shares) == 1


def test_certainty_is_zero_and_not_below():
    certain = entropy_bits(np.array([1.0, 0.0, 0.0]))
    assert (certain, math.copysign(1, certain)) == (0, 1)


def test_json_has_one_zero_and_only_numbers():
    document = {"zero": -0.0, "values": [math.nan, (math.inf, -math.inf), -1.5], "whole": 3}
    expected = {"zero": 0.0, "values": [None, [None, None], -1.5], "whole": 3}
    found = json_numbers(document)
    assert found == expected
    assert json.dumps(found).count("-") == 1
    # The headers of binary forms are JSON as well.
    data = envelope(b"CVU8", document)
    assert json.loads(data[8:]) == expected
