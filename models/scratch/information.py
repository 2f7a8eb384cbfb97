"""Information: how many bits it takes to say what happened.

A code that expects event x with probability q(x) spends -log2 q(x) bits on saying it. What happens
with probability p(x) then costs H(p, q) bits on average, and H(p) with the best code there is, the
one made for p itself. What a wrong code wastes is the difference, the divergence of q from p.

Source: Shannon, A Mathematical Theory of Communication, 1948, section 6; Kullback and Leibler, On
Information and Sufficiency, 1951.
"""

import numpy as np

from models.scratch.layer import Array, IntegerArray


def code_lengths(q: Array) -> Array:
    """-log2 q, in bits: infinite for what the code never expects."""
    with np.errstate(divide="ignore"):
        lengths: Array = -np.log2(q)
    return lengths


def expected(p: IntegerArray | Array, costs: Array) -> Array:
    """Each event's p times its cost; what never happens adds nothing, whatever it would cost."""
    nothing: Array = np.zeros(costs.shape, dtype=np.result_type(p, costs))
    return np.multiply(p, costs, out=nothing, where=p > 0)


def entropy(p: Array) -> float:
    """H(p) = -sum p log2 p: what the best code spends on events of p."""
    return cross_entropy(p, p)


def cross_entropy(p: Array, q: Array) -> float:
    """H(p, q) = -sum p log2 q: what a code made for q spends on events of p."""
    return float(expected(p, code_lengths(q)).sum())


def divergence(p: Array, q: Array) -> float:
    """D(p || q) = sum p log2 (p / q) = H(p, q) - H(p), never below 0: what a wrong code wastes."""
    # Of equal distributions the sum may be some rounding below it.
    return max(0.0, float(wasted(p, q).sum()))


def wasted(p: Array, q: Array) -> Array:
    """Each event's p (log2 p - log2 q): below 0 for what the code expects too often."""
    with np.errstate(invalid="ignore"):  # of two infinities, where nothing ever happens
        excess = code_lengths(q) - code_lengths(p)
    return expected(p, excess)
