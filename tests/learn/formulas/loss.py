"""Chapter 4."""

import numpy as np
import torch
from torch.nn import functional


def slope_is_confidence_less_truth() -> None:
    """dL/dt_i = p_i - y_i, by automatic differentiation."""
    scores = torch.tensor([[2.0, -1.0, 0.5, 3.0]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(functional.cross_entropy(scores, torch.tensor([2])), scores)
    p = torch.softmax(scores.detach(), 1).numpy()[0]
    np.testing.assert_allclose(slope[0], p - np.array([0, 0, 1, 0]), atol=1e-12)


CHECKS = {"loss.gradient": slope_is_confidence_less_truth}
