"""The symbolic formulas of chapter 7, by torch's autograd on numbers of this file's own."""

import numpy as np
import torch
from torch.autograd.functional import jacobian


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def close(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def chain() -> None:
    """L = u1 u2 with u1 = v^2 and u2 = sin v: dL/dv = u2 2v + u1 cos v."""
    v = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(v**2 * torch.sin(v), v)
    by_uses = torch.sin(v) * 2 * v + v**2 * torch.cos(v)
    close(gradient, by_uses.detach())


def two_layers() -> dict[str, torch.Tensor]:
    """Each factor of the chain as a Jacobian, for one example, and the gradients by autograd."""
    x, y = random(1, 3), torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    first, second = random(2, 4, 3).requires_grad_(), random(3, 3, 4).requires_grad_()

    def hidden(s: torch.Tensor) -> torch.Tensor:
        return torch.tanh(s)

    def loss(p: torch.Tensor) -> torch.Tensor:
        return -(y * torch.log(p)).sum()

    s = first @ x
    h = hidden(s)
    t = second @ h
    p = torch.softmax(t, 0)
    of_first, of_second = torch.autograd.grad(loss(p), [first, second])
    s, h, t, p = (each.detach() for each in (s, h, t, p))
    return {
        "of_first": of_first,
        "of_second": of_second,
        "loss_p": jacobian(loss, p),
        "p_t": jacobian(lambda scores: torch.softmax(scores, 0), t),
        "t_second": jacobian(lambda weight: weight @ h, second.detach()),
        "t_h": jacobian(lambda values: second.detach() @ values, h),
        "h_s": jacobian(hidden, s),
        "s_first": jacobian(lambda weight: weight @ x, first.detach()),
    }


def second() -> None:
    of = two_layers()
    product = torch.einsum("a,ab,bij->ij", of["loss_p"], of["p_t"], of["t_second"])
    close(product, of["of_second"])


def first() -> None:
    of = two_layers()
    factors = (of["loss_p"], of["p_t"], of["t_h"], of["h_s"], of["s_first"])
    close(torch.einsum("a,ab,bc,cd,dij->ij", *factors), of["of_first"])


def entry() -> None:
    """Row i, column j, by moving x_j alone."""
    weight, x, step = random(1, 3, 2), random(2, 2), 1e-6
    table = jacobian(lambda value: torch.tanh(weight @ value), x)
    for j in range(2):
        moved = torch.eye(2, dtype=torch.float64)[j] * step
        change = torch.tanh(weight @ (x + moved)) - torch.tanh(weight @ (x - moved))
        torch.testing.assert_close(table[:, j], change / (2 * step), rtol=0, atol=1e-8)


def product() -> None:
    weight, x = random(1, 3, 2), random(2, 2)
    y = torch.tanh(weight @ x)
    whole = jacobian(lambda value: torch.softmax(torch.tanh(weight @ value), 0), x)
    outer = jacobian(lambda value: torch.softmax(value, 0), y)
    inner = jacobian(lambda value: torch.tanh(weight @ value), x)
    close(whole, outer @ inner)


def column() -> None:
    weight = random(1, 3, 2)
    close(jacobian(lambda x: weight @ x, random(2, 2)), weight)


def row() -> None:
    weight = random(1, 2, 3)
    close(jacobian(lambda x: x @ weight, random(2, 2)), weight.T)


def identity() -> None:
    close(jacobian(lambda x: x * 1, random(1, 3)), torch.eye(3, dtype=torch.float64))


def column_weights() -> None:
    """x and z are columns, f is the row of dj/dz."""
    weight, x = random(1, 3, 2).requires_grad_(), random(2, 2, 1)
    z = weight @ x
    j = torch.sin(z).sum()
    by_column, of_weight = torch.autograd.grad(j, [z, weight])
    f = by_column.T
    close(of_weight, f.T @ x.T)


def row_weights() -> None:
    weight, x = random(1, 2, 3).requires_grad_(), random(2, 1, 2)
    z = x @ weight
    j = torch.sin(z).sum()
    f, of_weight = torch.autograd.grad(j, [z, weight])
    close(of_weight, x.T @ f)


def scores() -> None:
    t = random(1, 4).requires_grad_()
    y = torch.tensor([0.0, 0.0, 1.0, 0.0], dtype=torch.float64)
    p = torch.softmax(t, 0)
    (gradient,) = torch.autograd.grad(-(y * torch.log(p)).sum(), t)
    close(gradient, (p - y).detach())


CHECKS = {
    "backpropagation.chain": chain,
    "backpropagation.second": second,
    "backpropagation.first": first,
    "backpropagation.jacobian": entry,
    "backpropagation.product": product,
    "backpropagation.column": column,
    "backpropagation.row": row,
    "backpropagation.identity": identity,
    "backpropagation.columnweights": column_weights,
    "backpropagation.rowweights": row_weights,
    "backpropagation.scores": scores,
}
