"""Layers in a row: composed functions forward, the chain rule backward."""

from collections.abc import Iterable

from models.scratch.layer import Array, Layer


class Sequential(Layer):
    """y = f_k(... f_2(f_1(x))).

    Its parameters and gradients are those of its layers, named `layer.parameter`; the arrays are
    the layers' own, so an update in place reaches them.
    """

    def __init__(self, layers: dict[str, Layer] | Iterable[Layer]) -> None:
        super().__init__()
        if not isinstance(layers, dict):
            layers = {str(number): layer for number, layer in enumerate(layers)}
        self.layers = layers
        for name, layer in layers.items():
            self.parameters |= {f"{name}.{key}": value for key, value in layer.parameters.items()}

    def forward(self, x: Array) -> Array:
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def backward(self, output_gradient: Array) -> Array:
        """dL/dx = dL/dy * dy/df_k * ... * df_1/dx, from the last factor to the first.

        What one layer passes back is what the one before it is given, so nothing is computed
        twice: back-propagation is dynamic programming.
        """
        gradient = output_gradient
        for name, layer in reversed(self.layers.items()):
            gradient = layer.backward(gradient)
            self.gradients |= {f"{name}.{key}": value for key, value in layer.gradients.items()}
        return gradient
