"""Rows of the matrix that turns a convolution into one matrix product."""

from collections.abc import Mapping

import numpy as np
import torch

from app.inspection.arithmetic.site import Site
from app.inspection.arithmetic.terms import Float32
from app.inspection.arithmetic.windows import patch_at, window_sources
from app.inspection.graph.layer_graph import LayerGraph


def patch_rows(
    graph: LayerGraph,
    values: Mapping[str, torch.Tensor],
    layer_id: str,
    group: int,
    positions: range,
) -> Float32:
    """The patches of some positions of a convolution's output, one a row.

    Args:
        graph: bound to the network.
        values: captured, of the layer's input.
        layer_id: of a convolution.
        group: whose channels.
        positions: row * width + column of the output.

    Returns:
        float32 (positions, channels of the group * kernel height * kernel width), in C order.

    Source: Chellapilla, Puri and Simard 2006, section 2.
    """
    layer = graph.layer(layer_id)
    (source,) = dict.fromkeys(layer.inputs)
    terms = graph.layer(source).output_shape[0] // layer.groups
    channels = range(group * terms, (group + 1) * terms)
    padding = 0.0 if layer.window is None else layer.window.padding_value
    width = layer.output_shape[2]
    rows = []
    for position in positions:
        site = Site(graph, layer, (0, position // width, position % width), values)
        patch = patch_at(site, source, channels, window_sources(site, source), padding)
        rows.append(patch.values.ravel())
    return np.stack(rows)
