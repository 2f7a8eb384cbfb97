"""What is known of each pattern of points before any network has seen it."""

import numpy as np
import pytest

from models.lessons.point_sets import points_of


def without_noise(name, count=400):
    return points_of(name, count, 0.0, np.random.default_rng(3))


@pytest.mark.parametrize("name", ["rings", "xor", "spirals", "blobs"])
def test_half_of_the_points_are_of_each_class_and_all_are_in_sight(name):
    points, labels = without_noise(name)
    assert points.shape == (400, 2)
    assert (labels == 1).sum() == 200
    assert np.abs(points).max() <= 1


def test_rings_have_two_radii():
    points, labels = without_noise("rings")
    np.testing.assert_allclose(np.hypot(*points.T), np.where(labels == 0, 0.35, 0.85))


def test_xor_is_the_product_of_the_signs():
    points, labels = without_noise("xor")
    np.testing.assert_array_equal(points.prod(axis=1) > 0, labels == 0)
    quadrants = {(x > 0, y > 0) for x, y in points}
    assert len(quadrants) == 4


def test_blobs_are_parted_by_a_line():
    points, labels = without_noise("blobs")
    np.testing.assert_array_equal(points.sum(axis=1) > 0, labels == 1)


def test_arms_of_the_spirals_are_half_a_turn_apart():
    points, labels = without_noise("spirals")
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    turned = angle - 3 * np.pi * radius - np.pi * labels
    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-9)


def test_noise_has_its_standard_deviation():
    still, _ = points_of("rings", 4_000, 0.0, np.random.default_rng(3))
    moved, _ = points_of("rings", 4_000, 0.08, np.random.default_rng(3))
    assert (moved - still).std() == pytest.approx(0.08, rel=0.05)
