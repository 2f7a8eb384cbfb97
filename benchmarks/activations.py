"""What it costs to keep every layer of a pass, and to open one of them afterwards.

Keeping all layers is set against the bare forward pass, the 8-bit answer of a layer against one
PNG a channel, each measured in the same run. Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.activations).
"""

import argparse
import io
import json
import os
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from app.compute.memory import keep_freed_memory
from app.inspection.activations.capture import capture
from app.inspection.activations.loading import load_model
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.tracing.tracing import trace
from benchmarks.serving import (
    EXAMPLES,
    Connection,
    RunningServer,
    multipart,
    running_server,
    seconds_of,
)
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue
from models.weights.locations import WeightsLocations

CAPTURED = (DEFAULT_MODEL, "resnet50.random", "googlenet.random", "densenet121.random")
# Of VGG-16: 64 maps of 224 x 224 and 512 of 28 x 28, each with its aim in milliseconds.
OPENED = (("features.1", 15), ("features.20", 10))
VGG = "vgg16.random"
# Full long before the last upload, so that what is left to grow would be a leak.
SMALL_STORES = {
    "image_store_bytes": 16 * 2**20,
    "picture_cache_bytes": 16 * 2**20,
    "activation_store_bytes": 256 * 2**20,
    "result_cache_bytes": 8 * 2**20,
}


def measure_capture(rounds: int) -> None:
    """Print the time of a capture of all layers over that of the bare pass."""
    print("\n### Capture of all layers\n")
    print("| model | layers | held, MB | bare pass, ms | capture, ms | ratio (aim 1.3) |")
    print("|---|---|---|---|---|---|")
    for model_id in CAPTURED:
        entry = catalogue().resolve(model_id)
        model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
        graph = trace(model.module, entry.preprocessing.input_shape)
        tensor = torch.randn(1, *graph.input_shape)
        bare_s, capture_s = in_turn(model.module, graph, tensor, rounds)
        print(
            f"| {model_id} | {len(graph.layers)} | {graph.values_bytes / 1e6:.0f} | "
            f"{bare_s * 1000:.1f} | {capture_s * 1000:.1f} | **{capture_s / bare_s:.3f}** |"
        )


def in_turn(
    module: torch.nn.Module, graph: LayerGraph, tensor: torch.Tensor, rounds: int
) -> tuple[float, float]:
    """Median seconds (bare, capture), one after the other in every round."""

    def bare() -> object:
        with torch.inference_mode():
            return module(tensor)

    def captured() -> object:
        return capture(graph, tensor)

    for _ in range(3):
        bare()
        captured()
    pairs = [(seconds_of(bare), seconds_of(captured)) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(
        pair[1] for pair in pairs
    )


def measure_opening(server: RunningServer, rounds: int) -> None:
    """Print the round trip of a layer's forms after its picture was predicted."""
    connection = Connection(server)
    picture = multipart((EXAMPLES / "coffee.png").read_bytes())
    image = json.loads(connection.ask("POST", "/images", picture))["id"]
    layers = {item["id"]: item for item in json.loads(connection.get(f"/models/{VGG}"))["layers"]}
    connection.get(f"/models/{VGG}/predictions?image={image}")
    print("\n### Opening a layer whose picture was predicted (round trip, ms)\n")
    print(
        "| maps | u8, each map | u8, whole layer | aim | json | npy | one PNG a channel | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for layer_id, aim_ms in OPENED:
        path = f"/models/{VGG}/layers/{layer_id}/activations?image={image}"
        values = np.load(io.BytesIO(connection.get(f"{path}&format=npy")))
        forms = ("u8", "u8&scale=layer", "json", "npy")
        times_ms = {
            form: 1000 * median_seconds(partial(connection.get, f"{path}&format={form}"), rounds)
            for form in forms
        }
        png_ms = 1000 * median_seconds(partial(one_png_a_channel, values), 3)
        shape = " x ".join(map(str, layers[layer_id]["output_shape"]))
        print(
            f"| {shape} | **{times_ms['u8']:.1f}** | {times_ms['u8&scale=layer']:.1f} | {aim_ms} | "
            f"{times_ms['json']:.1f} | {times_ms['npy']:.1f} | {png_ms:.0f} | "
            f"{png_ms / times_ms['u8']:.1f} |"
        )
    overview = f"/models/{VGG}/activations?image={image}&format=u8"
    first_ms = 1000 * seconds_of(partial(connection.get, overview))
    again_ms = 1000 * median_seconds(partial(connection.get, overview), rounds)
    count = len(layers)
    print(f"\nOverview of {count} layers: {first_ms:.0f} ms at first, then {again_ms:.1f} ms.")


def median_seconds(function: Callable[[], object], rounds: int) -> float:
    """Of some calls after one that does not count."""
    function()
    return statistics.median(seconds_of(function) for _ in range(rounds))


def one_png_a_channel(maps: np.ndarray) -> int:
    """Encode every map as a grey PNG of its own; the bytes of all."""
    size_bytes = 0
    for channel in maps:
        span = channel.max() - channel.min() or 1
        grey = ((channel - channel.min()) / span * 255).round().astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(grey).save(file, "PNG")
        size_bytes += file.tell()
    return size_bytes


def measure_memory(server: RunningServer, uploads: int) -> None:
    """Print the memory of the server while pictures come, are looked into and left behind."""
    connection = Connection(server)
    held = sum(SMALL_STORES.values()) / 1e6
    print("\n### Memory while pictures come (upload, prediction, one layer, overview)\n")
    print(f"Stores of {held:.0f} MB in all.\n")
    print("| uploads | resident, MB |")
    print("|---|---|")
    random = np.random.default_rng(0)
    for number in range(1, uploads + 1):
        file = io.BytesIO()
        noise = random.integers(0, 256, (240, 320, 3), dtype=np.uint8)
        Image.fromarray(noise).save(file, "JPEG")
        image = json.loads(connection.ask("POST", "/images", multipart(file.getvalue())))["id"]
        model = f"/models/{DEFAULT_MODEL}"
        connection.get(f"{model}/predictions?image={image}")
        connection.get(f"{model}/layers/blocks.2.0.conv_pw/activations?image={image}&format=u8")
        connection.get(f"{model}/activations?image={image}&format=u8")
        if number % max(1, uploads // 5) == 0:
            print(f"| {number} | {server.resident_bytes() / 1e6:.0f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--uploads", type=int, default=1000)
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, torch {torch.__version__}")
    measure_capture(arguments.rounds)
    with running_server() as server:
        measure_opening(server, arguments.rounds)
    with running_server(**SMALL_STORES) as server:
        measure_memory(server, arguments.uploads)


if __name__ == "__main__":
    main()
