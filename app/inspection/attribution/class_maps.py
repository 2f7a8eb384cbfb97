"""What class activation maps share: a layer's maps, the target's gradient there, the way back."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from app.inspection.attribution.contract import Attribution, Option, Options, Subject
from app.inspection.errors import InvalidAttributionLayerError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import unit_values

RELU = Option(
    "relu",
    "only what speaks for it",
    "Drop negative values at the end, as the paper does.",
    "boolean",
    default=False,
)


def spatial_layers(graph: LayerGraph, target_layer: str) -> list[str]:
    """The layers with maps of several positions that a layer depends on, in execution order."""
    needed = {target_layer}
    for layer in reversed(graph.layers):
        if layer.id in needed:
            needed.update(layer.inputs)
    return [
        layer.id
        for layer in graph.layers
        if layer.id in needed
        and layer.id != target_layer
        and layer.inputs
        and layer.is_map
        and layer.output_shape[1] * layer.output_shape[2] > 1
    ]


def checked_layer(graph: LayerGraph, target_layer: str, layer_id: str | None) -> str:
    """The layer to weigh: the one that was named, else the last one with several positions.

    Raises:
        UnknownLayerError: there is no such layer.
        InvalidAttributionLayerError: its maps cannot be weighed for this target.
    """
    choices = spatial_layers(graph, target_layer)
    if layer_id is None:
        if not choices:
            raise InvalidAttributionLayerError("The network", target_layer, choices)
        return choices[-1]
    if graph.layer(layer_id).id not in choices:
        raise InvalidAttributionLayerError(layer_id, target_layer, choices)
    return layer_id


@dataclass(frozen=True, eq=False)
class LayerLook:
    """A layer's maps and the target's gradient by them, each (channels, height, width)."""

    maps: torch.Tensor
    gradient: torch.Tensor
    target_value: float


def layer_maps(subject: Subject) -> torch.Tensor:
    """What the weighed layer returned, (channels, height, width)."""
    layer_id = _layer_of(subject)
    if layer_id in subject.activations:
        return subject.activations[layer_id]
    with torch.inference_mode():
        computed = subject.graph.compute(subject.tensor, (layer_id,), to_the_end=False)
    return computed.layers[layer_id][0]


def look_at_layer(subject: Subject) -> LayerLook:
    """The maps, and d target / d maps from a backward pass of only what lies behind them."""
    layer_id, target = _layer_of(subject), subject.target
    maps = layer_maps(subject)
    with torch.inference_mode(mode=False), torch.enable_grad():
        # Captured values are inference tensors, of which no gradient can be taken.
        value = maps.clone()[None].requires_grad_()
        computed = subject.graph.compute(
            subject.tensor.clone(), (target.layer_id,), to_the_end=False, given={layer_id: value}
        )
        chosen = unit_values(computed.layers[target.layer_id], target)
        (gradient,) = torch.autograd.grad(chosen.sum(), value)
        return LayerLook(value.detach()[0], gradient[0], float(chosen[0].detach()))


def upsampled(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """(channels, h, w) to (channels, *size), bilinear, each value at the centre of its cell."""
    return functional.interpolate(maps[None], size=size, mode="bilinear", align_corners=False)[0]


def class_map(subject: Subject, raw: torch.Tensor, value: float, options: Options) -> Attribution:
    """The attribution of a weighted sum of maps, (height, width) of the layer."""
    kept = raw.clamp(min=0) if options["relu"] else raw
    height, width = subject.tensor.shape[2:]
    values = upsampled(kept[None], (height, width))[0]
    return Attribution(
        values=values.contiguous().numpy(),
        target_value=value,
        layer_values=kept.contiguous().numpy(),
        facts={"raw_minimum": float(raw.min()), "raw_maximum": float(raw.max())},
    )


def _layer_of(subject: Subject) -> str:
    if subject.layer_id is None:
        raise ValueError("A class activation map needs a layer.")
    return subject.layer_id
