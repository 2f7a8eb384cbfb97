"""What the first layer of a network looks for, read from a weight file without its network."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from app.inspection.errors import NotExportableError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from models.errors import WeightsDamagedError


def first_weighted_layer(graph: LayerGraph) -> LayerNode:
    """The first layer in execution order that has weights of its own.

    Raises:
        NotExportableError: no layer has any.
    """
    for layer in graph.layers:
        if layer.parameters and layer.operation.endswith(("convolution", "linear")):
            return layer
    raise NotExportableError(graph.root.title, "none of them has weights.")


def read_templates(path: Path, layer: LayerNode, input_shape: tuple[int, int, int]) -> torch.Tensor:
    """The weights of a network's first layer as pictures.

    Args:
        path: a safetensors file with the network's state dict.
        layer: convolution or linear.
        input_shape: (channels, height, width) of the network's input.

    Returns:
        float32 (templates, channels, height, width): the kernels of a convolution; the rows of a
        linear layer, each laid out like the picture that it is multiplied with.

    Raises:
        WeightsDamagedError: the file is gone, or is none with these weights.
    """
    name = f"{layer.module}.weight"
    try:
        # Asked first: to open a pipe would wait for somebody to write into it.
        if not path.is_file():
            raise FileNotFoundError("it is no file")
        with safe_open(path, framework="pt") as file:
            weight: torch.Tensor = file.get_tensor(name)
        if weight.dim() == 2:
            weight = weight.reshape(-1, *input_shape)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsDamagedError(f"{name} cannot be read from {path.name}: {error}") from error
    if weight.dim() != 4:
        raise WeightsDamagedError(f"{name} in {path.name} has {weight.dim()} axes.")
    return weight
