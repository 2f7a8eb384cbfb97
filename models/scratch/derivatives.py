"""Derivatives without calculus: what every backward rule is checked against."""

from collections.abc import Callable

import numpy as np

from models.scratch.layer import Array, Layer


def finite_differences(function: Callable[[], float], array: Array, step: float = 1e-6) -> Array:
    """df/da ~ (f(a + h) - f(a - h)) / 2h, for one number of `array` after the other.

    Args:
        function: of whatever `array` holds at the moment.
        array: float64; as before when this returns.
        step: h. The error falls with h^2 until rounding, which grows with 1 / h, takes over.
    """
    gradient: Array = np.empty_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = function()
        array[place] = kept - step
        below = function()
        array[place] = kept
        gradient[place] = (above - below) / (2 * step)
    return gradient


def jacobian(layer: Layer, x: Array) -> Array:
    """J_ij = dy_i/dx_j at one example, row by row.

    Going back from y_i alone (a gradient of 1 there, 0 elsewhere) gives row i.

    Args:
        layer: any that keeps examples apart.
        x: one example, (1, ...).

    Returns:
        (numbers in y, numbers in x).
    """
    y = layer.forward(x)
    rows = []
    for number in range(y.size):
        start: Array = np.zeros(y.size, dtype=y.dtype)
        start[number] = 1
        rows.append(layer.backward(start.reshape(y.shape)).ravel())
    return np.stack(rows)
