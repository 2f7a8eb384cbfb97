"""Convolution: the same small template at every place of a picture, as one matrix product."""

import numpy as np

from models.scratch.layer import Array, Layer
from models.scratch.patches import Window, col2im, im2col


class Convolution(Layer):
    """y[o, r, q] = b[o] + sum over c, i, j of W[o, c, i, j] x[c, r s + i d - p, q s + j d - p].

    s is the stride, d the dilation, p the padding, and every picture of a batch is treated alike.

    With the windows of x as columns X (c kh kw, n oh ow) and the kernels as rows W (o, c kh kw),
    that is Y = W X + b. In groups, each group of output channels sees its own share of the input
    channels, so there is one such product a group.

    Args:
        weight: W (out, in / groups, kh, kw).
        bias: b (out,), or None for none.
        groups: divides in and out; as many as input channels makes it depthwise.
    """

    def __init__(
        self,
        weight: Array,
        bias: Array | None = None,
        *,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
        dilation: tuple[int, int] = (1, 1),
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.parameters["weight"] = weight
        if bias is not None:
            self.parameters["bias"] = bias
        self.window = Window(weight.shape[2:], stride, padding, dilation)
        self.groups = groups

    def forward(self, x: Array) -> Array:
        """(n, in, h, w) to (n, out, oh, ow)."""
        n, _, h, w = self._shape = x.shape
        columns = im2col(x, self.window)
        # (groups, in / groups * kh kw, n oh ow)
        self._columns = columns.reshape(self.groups, -1, columns.shape[1])
        y: Array = self._rows() @ self._columns  # (groups, out / groups, n oh ow)
        out = len(self.parameters["weight"])
        y = y.reshape(out, -1)
        if "bias" in self.parameters:
            y += self.parameters["bias"][:, None]
        maps = y.reshape(out, n, *self.window.output_size(h, w))
        return np.ascontiguousarray(maps.swapaxes(0, 1))

    def backward(self, output_gradient: Array) -> Array:
        """With G = dL/dY (out, n oh ow): dL/dW = G X^T, dL/db = sum G, dL/dX = W^T G.

        A weight is used at every place, so its gradient sums over them; `col2im` sums for each
        pixel over the windows that it lies in.
        """
        grouped = self._grouped(output_gradient)
        weight_gradient = grouped @ self._columns.swapaxes(1, 2)
        self.gradients["weight"] = weight_gradient.reshape(self.parameters["weight"].shape)
        if "bias" in self.parameters:
            self.gradients["bias"] = grouped.sum(axis=2).ravel()
        return col2im(self._to_columns(grouped), self._shape, self.window)

    def column_gradient(self, output_gradient: Array) -> Array:
        """dL/dX = W^T G of the columns of `im2col`, (in kh kw, n oh ow): nothing is summed yet."""
        return self._to_columns(self._grouped(output_gradient))

    def _to_columns(self, grouped: Array) -> Array:
        columns: Array = self._rows().swapaxes(1, 2) @ grouped
        return columns.reshape(-1, columns.shape[2])

    def _grouped(self, output_gradient: Array) -> Array:
        """dL/dy (n, out, oh, ow) as G, (groups, out / groups, n oh ow)."""
        out = len(self.parameters["weight"])
        gradient = output_gradient.swapaxes(0, 1)
        return gradient.reshape(self.groups, out // self.groups, -1)

    def _rows(self) -> Array:
        """The kernels as rows, (groups, out / groups, in / groups * kh kw)."""
        weight = self.parameters["weight"]
        return weight.reshape(self.groups, len(weight) // self.groups, -1)
