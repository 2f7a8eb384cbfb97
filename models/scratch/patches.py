"""Windows over a picture: how many there are, and each as a column of a matrix (im2col).

A convolution is a dot product of its kernel with every window. With the windows as the columns of
one matrix, all these products are one matrix product.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from models.scratch.layer import Array


@dataclass(frozen=True)
class Window:
    """How a kernel slides; every pair is (along rows, along columns).

    Attributes:
        kernel: its height and width.
        stride: pixels from one window to the next.
        padding: pixels added on both sides.
        dilation: pixels from one row or column of the kernel to the next.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(n + 2p - (d (k - 1) + 1)) / s + 1, rounded down, along each axis.

        Raises:
            ValueError: the kernel is larger than the padded picture.
        """
        sizes = [
            (n + 2 * p - (d * (k - 1) + 1)) // s + 1
            for n, k, s, p, d in zip(
                (height, width), self.kernel, self.stride, self.padding, self.dilation, strict=True
            )
        ]
        if min(sizes) < 1:
            raise ValueError(f"A picture of {height}x{width} holds no window {self}.")
        return sizes[0], sizes[1]

    def places(self, out_h: int, out_w: int) -> Iterator[tuple[slice, slice]]:
        """For every place of the kernel, row by row, the pixels it meets in the padded picture."""
        (stride_y, stride_x), (dilation_y, dilation_x) = self.stride, self.dilation
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                top, left = row * dilation_y, column * dilation_x
                yield (
                    slice(top, top + stride_y * (out_h - 1) + 1, stride_y),
                    slice(left, left + stride_x * (out_w - 1) + 1, stride_x),
                )


def pad(x: Array, padding: tuple[int, int], value: float = 0.0) -> Array:
    """A border of one value around pictures (n, c, h, w)."""
    if padding == (0, 0):
        return x
    (rows, columns), (n, c, h, w) = padding, x.shape
    padded: Array = np.full((n, c, h + 2 * rows, w + 2 * columns), value, dtype=x.dtype)
    padded[:, :, rows : rows + h, columns : columns + w] = x
    return padded


def crop(padded: Array, padding: tuple[int, int]) -> Array:
    """What `pad` put its border around."""
    rows, columns = padding
    return padded[:, :, rows : padded.shape[2] - rows, columns : padded.shape[3] - columns]


def im2col(x: Array, window: Window) -> Array:
    """Every window of pictures x (n, c, h, w) as a column: (c kh kw, n oh ow).

    Row (channel, i, j) holds what the kernel's place (i, j) meets in that channel, picture by
    picture, row by row.
    """
    n, c, h, w = x.shape
    kernel_h, kernel_w = window.kernel
    out_h, out_w = window.output_size(h, w)
    padded = pad(x, window.padding)
    along_n, along_c, along_h, along_w = padded.strides
    (stride_y, stride_x), (dilation_y, dilation_x) = window.stride, window.dilation
    # The same memory read in another order: no number is copied until `reshape`. The longest run
    # of neighbours, a row of outputs, is the innermost axis.
    windows = as_strided(
        padded,
        (c, kernel_h, kernel_w, n, out_h, out_w),
        (
            along_c,
            along_h * dilation_y,
            along_w * dilation_x,
            along_n,
            along_h * stride_y,
            along_w * stride_x,
        ),
        writeable=False,
    )
    return windows.reshape(c * kernel_h * kernel_w, n * out_h * out_w)


def col2im(columns: Array, shape: tuple[int, int, int, int], window: Window) -> Array:
    """Gradients of windows back to the pixels, the transpose of `im2col`.

    A pixel lies in many windows: it is a fork, and what comes back to it adds up.

    Args:
        columns: dL/d(column), (c kh kw, n oh ow).
        shape: of the pictures, (n, c, h, w).
        window: the one that they were cut with.
    """
    n, c, h, w = shape
    kernel_h, kernel_w = window.kernel
    out_h, out_w = window.output_size(h, w)
    pad_y, pad_x = window.padding
    gradient: Array = np.zeros((n, c, h + 2 * pad_y, w + 2 * pad_x), dtype=columns.dtype)
    windows = columns.reshape(c, kernel_h * kernel_w, n, out_h, out_w)
    for place, pixels in enumerate(window.places(out_h, out_w)):
        gradient[:, :, *pixels] += windows[:, place].swapaxes(0, 1)
    return crop(gradient, window.padding)
