"""Chapter 6: the step, and that of ten templates in matrices, by automatic differentiation."""

import numpy as np
import torch

from models.lessons.race.tasks import DigitTask
from models.scratch.descent import GradientDescent

COUNT, RATE = 7, 0.3


def stepped() -> tuple[torch.Tensor, torch.Tensor, float, DigitTask, dict[str, np.ndarray]]:
    """A batch X (pixels, n) and Y (classes, n); its loss; templates before and after one step."""
    generator = np.random.default_rng(0)
    pictures, labels = generator.random((COUNT, 5)), generator.integers(0, 10, COUNT)
    task = DigitTask(pictures, labels)
    for name, array in task.parameters.items():
        task.parameters[name][:] = generator.standard_normal(array.shape)
    before = {name: array.copy() for name, array in task.parameters.items()}
    loss = task.loss()
    GradientDescent(RATE).step(task.parameters, task.gradients())
    classes = torch.nn.functional.one_hot(torch.from_numpy(labels), 10).T
    return torch.from_numpy(pictures.T), classes, loss, task, before


def predicted(x: torch.Tensor, before: dict[str, np.ndarray]) -> torch.Tensor:
    """P = softmax(W X + b), of columns."""
    weights, bias = torch.from_numpy(before["weight"]), torch.from_numpy(before["bias"])
    return torch.softmax(weights @ x + bias[:, None], 0)


def loss_of_matrices() -> None:
    x, y, loss, _, before = stepped()
    expected = -(y * predicted(x, before).log()).sum() / COUNT
    np.testing.assert_allclose(loss, expected, rtol=1e-12)


def step_of_the_weights() -> None:
    x, y, _, task, before = stepped()
    expected = before["weight"] - (RATE / COUNT * (predicted(x, before) - y) @ x.T).numpy()
    np.testing.assert_allclose(task.parameters["weight"], expected, rtol=1e-9)


def step_of_the_bias() -> None:
    x, y, _, task, before = stepped()
    expected = before["bias"] - RATE / COUNT * (predicted(x, before) - y).sum(1).numpy()
    np.testing.assert_allclose(task.parameters["bias"], expected, rtol=1e-9)


def rule() -> None:
    """With the gradient as autograd has it."""
    x, y, _, task, before = stepped()
    weights = {name: torch.from_numpy(array).requires_grad_() for name, array in before.items()}
    scores = x.T @ weights["weight"].T + weights["bias"]
    torch.nn.functional.cross_entropy(scores, y.T.to(scores.dtype)).backward()
    for name, array in weights.items():
        assert array.grad is not None
        expected = (array - RATE * array.grad).detach().numpy()
        np.testing.assert_allclose(task.parameters[name], expected, rtol=1e-9)


CHECKS = {
    "descent.rule": rule,
    "descent.matrices": loss_of_matrices,
    "descent.matrices.weights": step_of_the_weights,
    "descent.matrices.bias": step_of_the_bias,
}
