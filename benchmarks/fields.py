"""What receptive fields cost: the table of a network, the boxes of a unit, its input gradient.

The gradient is set against one forward and one backward pass of the bare network in the same run.
Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.fields).
"""

import os
import statistics
from functools import partial
from pathlib import Path

import numpy as np
import torch

from app.compute.memory import keep_freed_memory
from app.inspection.activations.loading import load_model
from app.inspection.fields.effective_field import gradient_heat
from app.inspection.fields.reach import Reach
from app.inspection.fields.receptive_field import field_table
from app.inspection.graph.unit import Unit
from app.inspection.tracing.structure import trace_structure
from app.inspection.tracing.tracing import trace
from benchmarks.serving import Connection, RunningServer, running_server, seconds_of
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue
from models.weights.locations import WeightsLocations

# Model, and a layer deep inside.
LAYERS = (
    (DEFAULT_MODEL, "blocks.5.3.add"),
    ("resnet152.random", "layer4.2.add"),
    ("googlenet.random", "inception5b.cat"),
    ("densenet121.random", "features.denseblock4.denselayer16.conv2"),
)
GRADIENTS = (
    (DEFAULT_MODEL, "bn2.act"),
    ("resnet50.random", "layer4.2.relu_2"),
    ("googlenet.random", "inception5b.cat"),
)


def measure_geometry() -> None:
    """Print the time of tables and walks, without a server."""
    print("\n### Geometry (no server), ms\n")
    print("| model | layers | table (aim 50) | ready to walk | boxes of a unit: median | largest |")
    print("|---|---|---|---|---|---|")
    random = np.random.default_rng(0)
    for model_id, layer_id in LAYERS:
        graph = trace_structure(catalogue().resolve(model_id))
        table_s = statistics.median(seconds_of(partial(field_table, graph)) for _ in range(5))
        reach = Reach(graph)
        ready_s = seconds_of(partial(Reach, graph))
        _, height, width = graph.layer(layer_id).output_shape
        times = []
        for row in range(height):
            columns = random.choice(width, min(8, width), replace=False).tolist()
            times.extend(
                seconds_of(partial(describe, reach, layer_id, row, column)) for column in columns
            )
        print(
            f"| {model_id} | {len(graph.layers)} | {1000 * table_s:.1f} | {1000 * ready_s:.1f} | "
            f"**{1000 * statistics.median(times):.2f}** | {1000 * max(times):.2f} |"
        )


def describe(reach: Reach, layer_id: str, row: int, column: int) -> float:
    """Box and touched share of one unit, all channels together."""
    return reach.unit(layer_id, row, column).touched_fraction


def measure_requests(server: RunningServer) -> None:
    """Print the round trip for a unit's boxes."""
    connection = Connection(server)
    print("\n### A unit's boxes over HTTP, ms (aim 2 at the server)\n")
    print("| model | median | 95 % | largest |")
    print("|---|---|---|---|")
    for model_id, layer_id in LAYERS:
        path = f"/models/{model_id}/layers/{layer_id}/receptive-field?channel=3&row=%d&column=%d"
        connection.get(path % (0, 0))
        places = [(row, column) for row in range(7) for column in range(7)]
        times = sorted(1000 * seconds_of(partial(connection.get, path % at)) for at in places)
        print(
            f"| {model_id} | **{statistics.median(times):.1f}** | "
            f"{times[int(0.95 * len(times))]:.1f} | {times[-1]:.1f} |"
        )


def measure_gradients(rounds: int) -> None:
    """Print the input gradient of a unit over a bare forward and backward pass."""
    print("\n### Effective field against one forward and backward pass (aim 1.1)\n")
    print("| model | layer | bare, ms | effective field, ms | ratio |")
    print("|---|---|---|---|---|")
    for model_id, layer_id in GRADIENTS:
        entry = catalogue().resolve(model_id)
        model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
        graph = trace(model.module, entry.preprocessing.input_shape)
        tensor = torch.randn(1, *graph.input_shape)
        unit = Unit(layer_id, 5, 3, 3)
        bare = partial(forward_and_backward, model.module, tensor)
        ours = partial(gradient_heat, graph, tensor, unit)
        for _ in range(2):
            bare()
            ours()
        pairs = [(seconds_of(bare), seconds_of(ours)) for _ in range(rounds)]
        bare_s, ours_s = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
        print(
            f"| {model_id} | {layer_id} | {1000 * bare_s:.1f} | {1000 * ours_s:.1f} | "
            f"**{ours_s / bare_s:.3f}** |"
        )


def forward_and_backward(module: torch.nn.Module, tensor: torch.Tensor) -> torch.Tensor:
    """The gradient of the first logit by the input, of the network as it is."""
    pixels = tensor.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(module(pixels)[0, 0], pixels)
    return gradient


def main() -> None:
    """Measure and print."""
    keep_freed_memory()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, torch {torch.__version__}")
    measure_geometry()
    measure_gradients(rounds=11)
    with running_server() as server:
        measure_requests(server)


if __name__ == "__main__":
    main()
