"""Networks, pictures and targets that the attribution tests share, with independent libraries."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from published import EXAMPLES
from structures import graph_of
from torch import nn

from app.inspection.activations.capture import capture
from app.inspection.activations.loading import load_model
from app.inspection.attribution.class_maps import checked_layer
from app.inspection.attribution.contract import Attribution, Subject
from app.inspection.attribution.methods import method_named
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.progress import no_progress
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.locations import WeightsLocations


@dataclass(frozen=True, eq=False)
class Explained:
    """A network, its graph and a picture."""

    module: nn.Module
    graph: LayerGraph
    tensor: torch.Tensor

    def subject(self, target: Unit | int, layer_id: str | None = None) -> Subject:
        unit = Unit(self.graph.output, target, 0, 0) if isinstance(target, int) else target
        layer = checked_layer(self.graph, unit.layer_id, layer_id)
        activations = capture(self.graph, self.tensor)
        return Subject(self.graph, self.tensor, unit, activations, (-1.0,) * 3, layer)

    def subject_without_layer(self, target: int) -> Subject:
        """For methods that weigh no maps, of networks that have none."""
        unit = Unit(self.graph.output, target, 0, 0)
        return Subject(self.graph, self.tensor, unit, capture(self.graph, self.tensor))

    def run(self, name: str, target: Unit | int = 0, layer: str | None = None, **options: object):
        method = method_named(name)
        complete = method.complete({key: str(value).lower() for key, value in options.items()})
        return method.run(self.subject(target, layer), complete, no_progress)


def catalogued(model_id: str, picture: str = "chelsea.png") -> Explained:
    entry = catalogue().resolve(model_id)
    model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
    graph = graph_of(entry.architecture.build, entry.preprocessing.input_shape, model.module)
    image = Image.open(EXAMPLES / picture).convert("RGB")
    return Explained(model.module, graph, entry.preprocessing.prepare(image).tensor)


def traced(module: nn.Module, tensor: torch.Tensor) -> Explained:
    module = module.eval().requires_grad_(requires_grad=False)
    return Explained(module, trace(module, tuple(tensor.shape[1:])), tensor)


def state_of(module: nn.Module) -> Callable[[], None]:
    """Asserts, when called, that nothing of a module has changed since."""
    before = {name: value.clone() for name, value in module.state_dict().items()}

    def check() -> None:
        assert not module.training
        for name, value in module.state_dict().items():
            assert torch.equal(value, before[name]), name
        for parameter in module.parameters():
            assert parameter.grad is None
            assert not parameter.requires_grad
        for child in module.modules():
            assert not child._forward_hooks
            assert not child._forward_pre_hooks
            assert not child._backward_hooks

    return check


__all__ = ["Attribution", "Explained", "catalogued", "state_of", "traced"]
