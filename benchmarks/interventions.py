"""What interventions cost: occlusion against captum, and an ablation against a forward pass.

Both are measured in turns with what they are compared to, with the same weights and as many
threads. Only development needs captum.

Run: `make bench` (python -m benchmarks.interventions).
"""

import os
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from captum.attr import Occlusion

from app.compute.memory import keep_freed_memory
from app.inspection.activations.capture import capture
from app.inspection.activations.loading import load_model
from app.inspection.activations.observation import Observation
from app.inspection.activations.prediction import Prediction
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.occlusion.occlusion import OcclusionMap, occlusion
from app.inspection.tracing.tracing import trace
from app.inspection.what_if.intervention import ValueEdit, intervene
from benchmarks.serving import seconds_of
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue
from models.preprocessing.pixel_map import Box, PixelMap, Size
from models.weights.locations import WeightsLocations

OCCLUDED = (DEFAULT_MODEL, "resnet18.random", "googlenet.random", "vgg11.random")
BATCHES = (4, 16, 64)
PATCH, STRIDE = 32, 16
# Early, in the middle, late.
ABLATED = {
    DEFAULT_MODEL: ("bn1.act", "blocks.2.1.add", "blocks.4.2.add", "bn2.act"),
    "resnet18.random": ("relu", "layer2.1.relu_1", "layer3.1.relu_1", "layer4.1.relu"),
}


def opened(model_id: str) -> tuple[torch.nn.Module, LayerGraph, Observation]:
    """A network, its layers and what they returned for noise."""
    entry = catalogue().resolve(model_id)
    model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
    shape = entry.preprocessing.input_shape
    graph = trace(model.module, shape)
    tensor = torch.randn(1, *shape, generator=torch.Generator().manual_seed(0))
    activations = capture(graph, tensor)
    size = Size(height=shape[1], width=shape[2])
    box = Box(top=0, left=0, bottom=shape[1], right=shape[2])
    pixel_map = PixelMap(image_size=size, input_size=size, image_box=box, orientation=1)
    prediction = Prediction(activations.logits.numpy(), pixel_map)
    return model.module, graph, Observation(prediction, tensor, activations)


def captums(module: torch.nn.Module, tensor: torch.Tensor, batch: int) -> torch.Tensor:
    """The heat of class 0 by captum, so many pictures at once."""
    with torch.inference_mode():
        heat: torch.Tensor = Occlusion(module).attribute(
            tensor,
            sliding_window_shapes=(tensor.shape[1], PATCH, PATCH),
            strides=(tensor.shape[1], STRIDE, STRIDE),
            target=0,
            perturbations_per_eval=batch,
        )
    return heat


def ours(graph: LayerGraph, observation: Observation) -> OcclusionMap:
    """The same by Convscope, the picture's own pass being there already."""
    return occlusion(
        graph, observation.tensor, observation.activations, 0, patch=PATCH, stride=STRIDE
    )


def measure_occlusion(rounds: int) -> None:
    """Print both, and how far they are apart."""
    print(f"\n### Occlusion {PATCH}/{STRIDE}, s\n")
    print("| model | captum, best batch | Convscope | times faster (aim 4) | largest difference |")
    print("|---|---|---|---|---|")
    for model_id in OCCLUDED:
        module, graph, observation = opened(model_id)
        tensor = observation.tensor
        found = ours(graph, observation)
        heat = captums(module, tensor, BATCHES[0])[0, 0].numpy()
        apart = float(np.abs(found.heat - heat).max())
        by_batch: dict[int, list[float]] = {batch: [] for batch in BATCHES}
        own = []
        for _ in range(rounds):
            own.append(seconds_of(partial(ours, graph, observation)))
            for batch in BATCHES:
                by_batch[batch].append(seconds_of(partial(captums, module, tensor, batch)))
        best = min(by_batch, key=lambda batch: statistics.median(by_batch[batch]))
        captum_s, own_s = statistics.median(by_batch[best]), statistics.median(own)
        print(
            f"| {model_id} | {captum_s:.2f} ({best}) | {own_s:.2f} | "
            f"**{captum_s / own_s:.1f}** | {apart:.1e} |"
        )


def measure_ablations(rounds: int) -> None:
    """Print what an ablation takes of a bare pass, beside its share of the work."""
    print("\n### One channel off, against the bare forward pass\n")
    print("| model | layer | share of the multiply-accumulates | share of the time |")
    print("|---|---|---|---|")
    for model_id, layer_ids in ABLATED.items():
        module, graph, observation = opened(model_id)
        for layer_id in layer_ids:
            edits = [ValueEdit(layer_id, 0, "pin", 0.0)]
            run = partial(intervene, graph, observation, edits)
            bare = partial(forward, module, observation.tensor)
            share = run().macs_share
            bare()
            pairs = [(seconds_of(bare), seconds_of(run)) for _ in range(rounds)]
            ratio = median_ratio(pairs)
            print(f"| {model_id} | {layer_id} | {share:.3f} | **{ratio:.3f}** |")


def median_ratio(pairs: list[tuple[float, float]]) -> float:
    """The second's median over the first's."""
    first, second = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
    return second / first


def forward(module: Callable[[torch.Tensor], torch.Tensor], tensor: torch.Tensor) -> torch.Tensor:
    """The network as it is."""
    with torch.inference_mode():
        return module(tensor)


def main() -> None:
    """Measure and print."""
    keep_freed_memory()
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    measure_occlusion(rounds=3)
    measure_ablations(rounds=11)


if __name__ == "__main__":
    main()
