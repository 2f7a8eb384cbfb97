"""A bundle's graph against the person's own module: what it returns, and every map."""

from dataclasses import dataclass

import torch
from eager import agrees, run_recorded

from app.inspection.activations.capture import capture


@dataclass(frozen=True)
class Held:
    """How much of a bundle is as torch computes it.

    Attributes:
        difference: of what is returned, in units of the largest value.
        modules, equal_modules: outputs of modules, as hooks see them, that the graph shows.
        layers, equal_layers: of the graph, and those whose value torch has computed somewhere.
    """

    difference: float
    modules: int
    equal_modules: int
    layers: int
    equal_layers: int

    @property
    def is_equal(self) -> bool:
        return (
            self.difference <= 1e-5
            and self.equal_modules == self.modules
            and self.equal_layers == self.layers
        )


def hold(graph, module, shape, shown=()):
    picture = torch.randn(1, *shape, generator=torch.Generator().manual_seed(2))
    activations = capture(graph, picture)
    returned, results, outputs = run_recorded(module, picture)
    for key in shown:
        returned = returned[key]
    seen = [call for call in outputs if call in activations]
    ids = graph.layer_ids[1:]
    return Held(
        difference(activations.logits, returned[0].reshape(activations.logits.shape)),
        len(seen),
        sum(agrees(activations[call], outputs[call][0]) for call in seen),
        len(ids),
        computed(activations, ids, results),
    )


def computed(activations, ids, results):
    """How many layers show what torch computed: mostly the next of its results that can be one."""
    found, position = 0, 0
    for layer in ids:
        for place in (*range(position, len(results)), *range(position)):
            if same(activations[layer], results[place]):
                found, position = found + 1, place
                break
    return found


def difference(value, expected):
    value, expected = value.double(), expected.double()
    if not bool(torch.isfinite(expected).all()):
        return 0.0 if torch.equal(value.nan_to_num(), expected.nan_to_num()) else float("inf")
    largest = float(expected.abs().max())
    return float((value - expected).abs().max()) / max(largest, 1e-30)


def same(value, result):
    if value.numel() != result.numel():
        return False
    result = result[0] if len(result) == 1 and result.dim() > value.dim() else result
    return agrees(value, result) or agrees(value.flatten(), result.flatten())
