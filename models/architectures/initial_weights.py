"""How weights start."""

from torch import nn


def start_by_he(*modules: nn.Module) -> None:
    """Give the convolutions and dense layers of these modules normal weights, and biases of 0.

    The variance is 2 / n for n inputs, which keeps the size of what ReLUs pass on. In the order of
    the modules, so that one seed means one network.

    Source: He, Zhang, Ren, Sun: Delving Deep into Rectifiers, 2015 (arXiv 1502.01852), equation 10.
    """
    for module in modules:
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
