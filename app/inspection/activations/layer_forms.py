"""One layer's answer in each form: the work behind a request, done on a worker in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.activations.contribution import contributions
from app.inspection.activations.observation import Observation
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.rendering.colours import ColourName
from app.inspection.rendering.encoding import encode_maps, encode_npy, encode_png
from app.inspection.rendering.maps import (
    Quantised,
    Scale,
    Statistics,
    Summary,
    quantise,
    statistics,
    summary,
)


@dataclass(frozen=True)
class LayerForm:
    """Which of a layer's channels, in which form.

    Attributes:
        channels: in this order; None for all.
        scale: with "layer" the range is that of all channels, whichever were chosen.
        colours: None for diverging where the layer has negative values, else viridis.
    """

    form: Literal["npy", "u8", "png"]
    channels: tuple[int, ...] | None = None
    scale: Scale = "channel"
    colours: ColourName | None = None


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """What a layer returned for a picture.

    Attributes:
        shape: of its output, without the batch axis.
        contributions: to the logit of one class, or to what it has above another's, (channels,);
            None if no class was named.
    """

    shape: tuple[int, ...]
    whole: Summary
    channels: Statistics
    contributions: npt.NDArray[np.float64] | None


def describe_layer(
    observation: Observation,
    layer_id: str,
    graph: LayerGraph | None = None,
    class_index: int | None = None,
    rival: int | None = None,
) -> LayerStatistics:
    """Statistics of a layer; with a graph and a class, each channel's contribution to it.

    With a rival, to what the class has above that other class.
    """
    layer = observation.activations[layer_id]
    channels = statistics(layer)
    shares = None
    if graph is not None and class_index is not None:
        shares = contributions(graph, observation.tensor, layer_id, layer, class_index, rival=rival)
    whole = summary(channels, layer[0].numel())
    return LayerStatistics(tuple(layer.shape), whole, channels, shares)


def encode_layer(layer: torch.Tensor, wanted: LayerForm, description: Mapping[str, Any]) -> bytes:
    """A float32 (channels, height, width) or (features,) as bytes.

    Args:
        layer: as `app.inspection.activations.capture` keeps it.
        wanted: a png needs rows and columns.
        description: what the header of the 8-bit form says besides.
    """
    channels = wanted.channels
    if wanted.form == "npy":
        return encode_npy(layer if channels is None else layer[list(channels)])
    quantised = _quantised(layer, wanted)
    if wanted.form == "png":
        signed = bool((layer < 0).any())
        return encode_png(quantised, wanted.colours or ("diverging" if signed else "viridis"))
    header = {
        **description,
        "layer_shape": list(layer.shape),
        "shape": list(quantised.codes.shape),
        "channels": list(range(layer.shape[0]) if channels is None else channels),
        "scale": wanted.scale,
        "not_finite": quantised.not_finite,
    }
    return encode_maps(quantised, header)


def _quantised(layer: torch.Tensor, wanted: LayerForm) -> Quantised:
    if wanted.channels is None:
        return quantise(layer, wanted.scale)
    if wanted.scale == "channel":
        return quantise(layer[list(wanted.channels)])
    return quantise(layer, wanted.scale).only(wanted.channels)
