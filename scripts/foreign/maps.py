"""What the layers of a foreign network show, held against forward hooks on its modules."""

from collections.abc import Callable
from typing import Any

import torch
from foreign.agreement import alike, tolerance_of
from torch import nn

from app.inspection.activations.capture import Activations
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode


def compare_maps(
    module: nn.Module,
    picture: torch.Tensor,
    graph: LayerGraph,
    activations: Activations,
) -> tuple[int, list[str]]:
    """How many layers were compared with what hooks see, cloned at once; and what differs.

    Those that stand for whole modules are compared. A graph has no calls whose output nobody uses,
    and so fewer than the hooks saw; of the others the order is the same.
    """
    order = {layer.id: place for place, layer in enumerate(graph.layers)}
    names = {path for path, _ in module.named_modules(remove_duplicate=False)}
    compared, faults = 0, []
    for paths, outputs in _outputs(module, picture).items():
        if not all(isinstance(output, torch.Tensor) for output in outputs):
            continue  # several at once: no one layer shows them
        later = {f"{path}_{number}" for path in paths for number in range(1, len(outputs))}
        calls = [one for one in (set(paths) | (later - names)) if one in activations]
        seen = iter(outputs)
        is_whole = len(calls) == len(outputs)
        for call in sorted(calls, key=order.__getitem__):
            left = [next(seen)] if is_whole else seen
            if not any(_is_map(activations[call], output, graph.layer(call)) for output in left):
                faults.append(f"map of {call}: differs")
            compared += 1
    return compared, faults


def _is_map(value: torch.Tensor, output: torch.Tensor, layer: LayerNode) -> bool:
    """Whether a layer shows what a module returned."""
    expected = output.real if output.is_complex() else output
    expected = expected.to(torch.float32)
    if layer.channels_last and expected.dim() == 4:
        expected = expected.permute(0, 3, 1, 2)
    expected = expected.reshape(value.shape) if value.numel() == expected.numel() else expected
    return alike(value, expected, tolerance_of(layer))


def _outputs(module: nn.Module, picture: torch.Tensor) -> dict[tuple[str, ...], list[Any]]:
    """What every module returned, call by call, cloned at once; by all the paths that it has."""
    paths: dict[nn.Module, list[str]] = {}
    for path, child in module.named_modules(remove_duplicate=False):
        paths.setdefault(child, []).append(path)
    outputs: dict[tuple[str, ...], list[Any]] = {}

    def hook_for(those: tuple[str, ...]) -> Callable[..., None]:
        def hook(_module: nn.Module, _given: Any, output: Any) -> None:
            kept = output.clone() if isinstance(output, torch.Tensor) else output
            outputs.setdefault(those, []).append(kept)

        return hook

    handles = [
        child.register_forward_hook(hook_for(tuple(those))) for child, those in paths.items()
    ]
    try:
        with torch.no_grad():
            module(picture.clone())
    finally:
        for handle in handles:
            handle.remove()
    return outputs
