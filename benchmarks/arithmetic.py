"""What it costs to explain a unit, once its picture has been through the network.

Each request is another unit, so that no answer comes from a cache. Only 127.0.0.1 is contacted.

Run: `make bench` (python -m benchmarks.arithmetic).
"""

import json
import os
import statistics
from functools import partial

import numpy as np
import torch

from benchmarks.serving import Connection, RunningServer, running_server, seconds_of
from models.catalogue.catalogue import DEFAULT_MODEL

AIM_MS = 10
UNITS = 60
IMAGE = "example-coffee"

# Model, layer, and what is particular about it.
LAYERS = (
    (DEFAULT_MODEL, "conv_stem", "convolution 3 x 3, 27 terms"),
    (DEFAULT_MODEL, "blocks.2.0.conv_dw", "depthwise 5 x 5"),
    (DEFAULT_MODEL, "blocks.6.0.conv_pwl", "1 x 1 over 1,152 channels"),
    (DEFAULT_MODEL, "bn1.batch_norm", "batch norm"),
    (DEFAULT_MODEL, "bn1.act", "ReLU6 with its curve"),
    (DEFAULT_MODEL, "classifier", "linear, 1,280 terms"),
    ("vgg16.random", "features.28", "convolution 3 x 3, 4,608 terms"),
    ("vgg16.random", "features.4", "max pool"),
    ("vgg16.random", "classifier.0", "linear, 25,088 terms"),
    ("googlenet_paper.random", "norm2", "local response norm"),
)


def measure(server: RunningServer) -> None:
    """Print the round trips, the numbers of a patch included."""
    connection = Connection(server)
    print(f"\n### How a unit got its value, over HTTP, ms (aim {AIM_MS})\n")
    print("| model | layer | median | 95 % | all terms as npy: median |")
    print("|---|---|---|---|---|")
    random = np.random.default_rng(0)
    for model_id, layer_id, words in LAYERS:
        layers = json.loads(connection.get(f"/models/{model_id}"))["layers"]
        shape = next(layer["output_shape"] for layer in layers if layer["id"] == layer_id)
        path = f"/models/{model_id}/layers/{layer_id}/units"
        connection.get(f"{path}?image={IMAGE}")  # the pass itself
        chosen = random.choice(np.prod(shape), UNITS, replace=False)
        places = ["/".join(map(str, np.unravel_index(flat, shape))) for flat in chosen]
        explained = times_ms(connection, [f"{path}/{place}?image={IMAGE}" for place in places])
        document = json.loads(connection.get(f"{path}/{places[0]}?image={IMAGE}"))
        terms = "-"
        if document["patch"]:
            asked = [f"{path}/{place}?image={IMAGE}&format=npy" for place in places]
            terms = f"{statistics.median(times_ms(connection, asked)):.1f}"
        print(
            f"| {model_id} | {layer_id} ({words}) | **{statistics.median(explained):.1f}** | "
            f"{explained[int(0.95 * len(explained))]:.1f} | {terms} |"
        )


def times_ms(connection: Connection, paths: list[str]) -> list[float]:
    """Of each request, shortest first."""
    return sorted(1000 * seconds_of(partial(connection.get, path)) for path in paths)


def main() -> None:
    """Measure and print."""
    print(f"{os.cpu_count()} cores, torch {torch.__version__}")
    with running_server() as server:
        measure(server)


if __name__ == "__main__":
    main()
