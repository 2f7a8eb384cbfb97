"""What filters cost: those of a whole layer, a match, a projection, a maximised picture.

The climb is set against as many bare forward and backward passes of the network in the same run:
to a logit against the whole network, to a channel inside against the network up to that layer.
Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.filters).
"""

import os
import statistics
from functools import partial
from pathlib import Path

import torch

from app.compute.memory import keep_freed_memory
from app.inspection.activations.loading import load_model
from app.inspection.filters.maximisation import Climb, maximise
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.tracing.tracing import trace
from benchmarks.serving import Connection, RunningServer, running_server, seconds_of
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue
from models.weights.locations import WeightsLocations

SIDE_PX = 128
STEPS = 128
CLIMBS = (("classifier", 282), ("blocks.4.2.add", 10), ("blocks.2.1.add", 3))
LAYERS = (
    (DEFAULT_MODEL, "blocks.2.0.conv_dw"),
    (DEFAULT_MODEL, "blocks.6.0.conv_pw"),
    (DEFAULT_MODEL, "classifier"),
    ("resnet50.random", "layer4.0.conv2"),
)


def measure_climbs() -> None:
    """Print the time of whole climbs over that of as many bare passes."""
    print(f"\n### {STEPS} steps at {SIDE_PX} px against as many bare passes (aim 1.2)\n")
    print("| layer | channel | bare, s | climb, s | ratio |")
    print("|---|---|---|---|---|")
    entry = catalogue().resolve(DEFAULT_MODEL)
    model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
    graph = trace(model.module, (3, SIDE_PX, SIDE_PX))
    for layer_id, channel in CLIMBS:
        whole = model.module if layer_id == graph.output else None
        bare = partial(bare_passes, graph, layer_id, channel, whole)
        climb = partial(
            maximise, graph, entry.preprocessing, Climb(layer_id, channel, STEPS), lambda *_: None
        )
        bare()
        pairs = [(seconds_of(bare), seconds_of(climb)) for _ in range(3)]
        bare_s, climb_s = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
        print(
            f"| {layer_id} | {channel} | {bare_s:.1f} | {climb_s:.1f} | "
            f"**{climb_s / bare_s:.2f}** |"
        )


def bare_passes(
    graph: LayerGraph, layer_id: str, channel: int, module: torch.nn.Module | None
) -> None:
    """As many forward and backward passes, of the module itself where it runs to its end."""
    tensor = torch.randn(1, *graph.input_shape, generator=torch.Generator().manual_seed(0))
    for _ in range(STEPS):
        pixels = tensor.clone().requires_grad_()
        if module is not None:
            value = module(pixels)[0, channel]
        else:
            computed = graph.compute(pixels, (layer_id,), to_the_end=False)
            value = computed.layers[layer_id][0, channel].mean()
        torch.autograd.grad(value, pixels)


def measure_requests(server: RunningServer) -> None:
    """Print the round trips for all filters of a layer and for one of them."""
    connection = Connection(server)
    print("\n### Filters over HTTP, ms\n")
    print("| model | layer | facts, first | facts | all, 8 bits | kB | match | patch | patches |")
    print("|---|---|---|---|---|---|---|---|---|")
    image = "image=example-chelsea"
    for model_id, layer_id in LAYERS:
        path = f"/models/{model_id}/layers/{layer_id}"
        # The network and the pass over the picture are there already.
        connection.get(f"{path}/activations?{image}")
        first_s = seconds_of(partial(connection.get, f"{path}/filters"))
        size = len(connection.get(f"{path}/filters?format=u8"))
        place = "" if layer_id == "classifier" else "&row=3&column=3"
        asked = (
            f"{path}/filters",
            f"{path}/filters?format=u8",
            f"{path}/filters/5/match?{image}&format=npy",
            f"{path}/filters/5/patch?{image}{place}&format=npy",
            f"{path}/channels/5/patches?{image}",
        )
        times = [
            1000 * statistics.median(seconds_of(partial(connection.get, each)) for _ in range(9))
            for each in asked
        ]
        facts, codes, match, patch, patches = (f"{time:.1f}" for time in times)
        print(
            f"| {model_id} | {layer_id} | {1000 * first_s:.1f} | {facts} | **{codes}** | "
            f"{size / 1000:.0f} | {match} | {patch} | {patches} |"
        )


def main() -> None:
    """Measure and print."""
    keep_freed_memory()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, torch {torch.__version__}")
    measure_climbs()
    with running_server() as server:
        measure_requests(server)


if __name__ == "__main__":
    main()
