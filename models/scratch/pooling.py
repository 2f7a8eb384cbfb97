"""Pooling: one number for every window of every channel."""

import numpy as np

from models.scratch.layer import Array, Layer
from models.scratch.patches import Window, crop, pad


class MaxPooling(Layer):
    """y = the largest x of the window; padding never wins.

    Args:
        window: its dilation is 1.
        keeps_cut_windows: also pool a last window that the picture's edge cuts (torch's
            `ceil_mode`), as long as it begins in the picture or its first padding.
    """

    def __init__(self, window: Window, *, keeps_cut_windows: bool = False) -> None:
        super().__init__()
        self.window = window
        self.keeps_cut_windows = keeps_cut_windows

    def forward(self, x: Array) -> Array:
        """(n, c, h, w) to (n, c, oh, ow)."""
        h, w = x.shape[2:]
        self._size = h, w
        padded = pad(x, self.window.padding, -np.inf)
        extra = self._cut_pixels(h, w)
        if extra != (0, 0):
            padded = np.pad(
                padded, ((0, 0), (0, 0), (0, extra[0]), (0, extra[1])), constant_values=-np.inf
            )
        self._padded_shape = padded.shape
        self._out = Window(self.window.kernel, self.window.stride).output_size(*padded.shape[2:])
        y: Array | None = None
        # The places of the kernel one after the other, each for all windows at once. The first
        # of several equal ones stays the winner.
        for place, pixels in enumerate(self.window.places(*self._out)):
            candidate = padded[:, :, *pixels]
            if y is None:
                y = candidate.copy()
                self._winner = np.zeros(y.shape, dtype=np.int16)
                continue
            larger = candidate > y
            # What is not a number is handed on, not hidden.
            larger |= np.isnan(candidate)
            np.copyto(y, candidate, where=larger)
            np.copyto(self._winner, np.int16(place), where=larger)
        if y is None:
            raise ValueError("A window has at least one place.")
        return y

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 for the winner of each window, 0 for the others; overlapping windows add."""
        gradient: Array = np.zeros(self._padded_shape, dtype=output_gradient.dtype)
        for place, pixels in enumerate(self.window.places(*self._out)):
            gradient[:, :, *pixels] += output_gradient * (self._winner == place)
        (pad_y, pad_x), (h, w) = self.window.padding, self._size
        return gradient[:, :, pad_y : pad_y + h, pad_x : pad_x + w]

    def _cut_pixels(self, h: int, w: int) -> tuple[int, int]:
        """How much to add below and on the right for the windows that the edge cuts."""
        if not self.keeps_cut_windows:
            return 0, 0
        added = []
        for n, k, s, p in zip(
            (h, w), self.window.kernel, self.window.stride, self.window.padding, strict=True
        ):
            windows = -((n + 2 * p - k) // -s) + 1
            if (windows - 1) * s >= n + p:
                windows -= 1
            added.append(max(0, (windows - 1) * s + k - (n + 2 * p)))
        return added[0], added[1]


class AveragePooling(Layer):
    """y = the mean of the window; padding counts as zeros.

    Args:
        window: its dilation is 1.
    """

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.window = window

    def forward(self, x: Array) -> Array:
        """(n, c, h, w) to (n, c, oh, ow)."""
        padded = pad(x, self.window.padding)
        self._padded_shape = padded.shape
        self._out = self.window.output_size(*x.shape[2:])
        y: Array = np.zeros((*x.shape[:2], *self._out), dtype=x.dtype)
        for pixels in self.window.places(*self._out):
            y += padded[:, :, *pixels]
        y /= self._area
        return y

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 / (kh kw) for every pixel of the window; overlapping windows add."""
        gradient: Array = np.zeros(self._padded_shape, dtype=output_gradient.dtype)
        share = output_gradient / self._area
        for pixels in self.window.places(*self._out):
            gradient[:, :, *pixels] += share
        return crop(gradient, self.window.padding)

    @property
    def _area(self) -> int:
        return self.window.kernel[0] * self.window.kernel[1]


class GlobalAveragePooling(Layer):
    """y = the mean of each map: (n, c, h, w) to (n, c, 1, 1)."""

    def forward(self, x: Array) -> Array:
        self._shape = x.shape
        mean: Array = x.mean(axis=(2, 3), keepdims=True)
        return mean

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 / (h w) for every pixel."""
        share = output_gradient / (self._shape[2] * self._shape[3])
        return np.broadcast_to(share, self._shape)
