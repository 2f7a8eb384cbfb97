"""The two sums of the way back, written out in loops, against torch's autograd."""

import numpy as np
import torch
from torch.nn import functional


def _case():
    generator = np.random.default_rng(9)
    x, w = generator.standard_normal((7, 6)), generator.standard_normal((3, 2))
    y_gradient = generator.standard_normal((5, 5))
    by_hand = torch.tensor(x, requires_grad=True), torch.tensor(w, requires_grad=True)
    y = functional.conv2d(by_hand[0][None, None], by_hand[1][None, None])[0, 0]
    by_x, by_w = torch.autograd.grad(y, by_hand, torch.tensor(y_gradient))
    return x, w, y_gradient, by_x.numpy(), by_w.numpy()


def weight() -> None:
    """dL/dw_ij = sum_rq dL/dy_rq x_(r+i)(q+j)."""
    x, w, g, _, expected = _case()
    for i, j in np.ndindex(w.shape):
        total = sum(g[r, q] * x[r + i, q + j] for r, q in np.ndindex(g.shape))
        assert abs(total - expected[i, j]) < 1e-12


def pixel() -> None:
    """dL/dx_uv = sum_ij dL/dy_(u-i)(v-j) w_ij, with 0 for outputs that are not there."""
    x, w, g, expected, _ = _case()
    for u, v in np.ndindex(x.shape):
        total = sum(
            g[u - i, v - j] * w[i, j]
            for i, j in np.ndindex(w.shape)
            if 0 <= u - i < g.shape[0] and 0 <= v - j < g.shape[1]
        )
        assert abs(total - expected[u, v]) < 1e-12


CHECKS = {
    "convolution-gradients.weight": weight,
    "convolution-gradients.pixel": pixel,
}
