"""The linear layer: a dot product with one template a unit, plus a bias."""

from models.scratch.layer import Array, Layer


class Linear(Layer):
    """y = x W^T + b, for n examples in rows.

    Args:
        weight: W (out, in); row i is the template of unit i.
        bias: b (out,), or None for none.
    """

    def __init__(self, weight: Array, bias: Array | None = None) -> None:
        super().__init__()
        self.parameters["weight"] = weight
        if bias is not None:
            self.parameters["bias"] = bias

    def forward(self, x: Array) -> Array:
        """y_ni = sum_j x_nj W_ij + b_i: (n, in) to (n, out)."""
        self._x = x
        y: Array = x @ self.parameters["weight"].T
        if "bias" in self.parameters:
            y = y + self.parameters["bias"]
        return y

    def backward(self, output_gradient: Array) -> Array:
        """With g = dL/dy (n, out): dL/dW = g^T x, dL/db = sum_n g, dL/dx = g W.

        The multiply gate switches its inputs: the gradient of W is x and that of x is W, each
        times what flows in. W and b are used by all n examples, so their gradients add up.
        """
        self.gradients["weight"] = output_gradient.T @ self._x
        if "bias" in self.parameters:
            self.gradients["bias"] = output_gradient.sum(axis=0)
        input_gradient: Array = output_gradient @ self.parameters["weight"]
        return input_gradient
