"""Three linear scores: what is known of the points, and torch's gradients and steps."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from models.lessons.three_lines import three_classes, train_lines

NAMES = ("corners", "row", "ring")
WEIGHT = np.array([[1.0, 0.3], [-0.3, 1.0], [-0.9, -0.5]])
BIAS = np.array([-0.8, -0.6, -0.6])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 9999])
def test_there_are_fifteen_points_of_each_class_in_sight(name, seed) -> None:
    points, labels = three_classes(name, seed)
    assert points.shape == (45, 2)
    assert np.bincount(labels).tolist() == [15, 15, 15]
    assert np.hypot(*points.T).max() <= 1.3 + 1e-9
    np.testing.assert_array_equal(points, three_classes(name, seed)[0])
    assert not np.array_equal(points, three_classes(name, seed + 1)[0])


def can_be_parted(points: np.ndarray, labels: np.ndarray, classes: int) -> bool:
    """Whether there are linear scores of which each point's own is ahead by 1: a linear program."""
    rows = []
    for point, label in zip(points, labels, strict=True):
        for other in set(range(classes)) - {label}:
            row = np.zeros((classes, 3))
            row[label] -= [*point, 1]
            row[other] += [*point, 1]
            rows.append(row.ravel())
    free = [(None, None)] * (3 * classes)
    found = linprog(np.zeros(3 * classes), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=free)
    return found.status == 0


@pytest.mark.parametrize("seed", range(5))
def test_lines_part_the_corners_and_the_row_but_not_the_ring(seed) -> None:
    parted = {name: can_be_parted(*three_classes(name, seed), 3) for name in NAMES}
    assert parted == {"corners": True, "row": True, "ring": False}
    points, labels = three_classes("row", seed)
    assert not can_be_parted(points, (labels == 1).astype(int), 2)


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_those_of_torch(name) -> None:
    points, labels = three_classes(name, 3)
    weight = torch.tensor(WEIGHT, requires_grad=True)
    bias = torch.tensor(BIAS, requires_grad=True)
    descent = torch.optim.SGD([weight, bias], lr=0.7)
    for found in train_lines(points, labels, WEIGHT, BIAS, steps=30, rate=0.7):
        np.testing.assert_allclose(found.weight, weight.detach(), atol=1e-12)
        np.testing.assert_allclose(found.bias, bias.detach(), atol=1e-12)
        descent.zero_grad()
        scores = torch.tensor(points) @ weight.T + bias
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
        loss.backward()
        np.testing.assert_allclose(found.scores, scores.detach(), atol=1e-12)
        assert found.loss == pytest.approx(loss.item(), abs=1e-12)
        np.testing.assert_allclose(found.weight_gradient, weight.grad, atol=1e-12)
        np.testing.assert_allclose(found.bias_gradient, bias.grad, atol=1e-12)
        descent.step()


def test_what_is_given_stays_as_it_is() -> None:
    weight, bias = WEIGHT.copy(), BIAS.copy()
    path = list(train_lines(*three_classes("corners", 0), weight, bias, steps=5))
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, BIAS)
    np.testing.assert_array_equal(path[0].weight, WEIGHT)
    assert len({each.weight.tobytes() for each in path}) == 6
