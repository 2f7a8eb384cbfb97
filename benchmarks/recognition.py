"""How long it takes to recognise a network from the names and shapes of its tensors.

The first time in a process reads the index; each first time here is a process of its own.

Run: `make bench` (python -m benchmarks.recognition).
"""

import json
import statistics
import subprocess
import sys

from models.recognition.index import index

# Small and large classifiers of each library.
DESIGNS = ("resnet34", "densenet201", "googlenet_paper", "mobilenetv3_large_100", "hrnet_w48")
ROUNDS = 5
AIM_MS = 300

_RECOGNISE = """
import json, sys, time
shapes = {name: tuple(shape) for name, shape in json.load(sys.stdin).items()}
start = time.perf_counter()
from models.recognition.recognition import recognise
recognise(shapes)
first = time.perf_counter()
for _ in range(10):
    recognise(shapes)
print(json.dumps([first - start, (time.perf_counter() - first) / 10]))
"""


def shapes_of(name: str) -> dict[str, list[int]]:
    """Of the design's tensors with 7 classes, under `module.model.`, as the index has them."""
    signature = index().signature(name)
    shapes = {}
    for tensor, shape in signature.tensors.items():
        shapes[f"module.model.{tensor}"] = [
            extent.per_class * 7 + extent.per_channel * 3 + extent.fixed for extent in shape.extents
        ]
    return shapes


def times_ms(shapes: dict[str, list[int]]) -> tuple[float, float]:
    """The first recognition of a process and a later one; medians over some processes."""
    runs = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", _RECOGNISE]
        run = subprocess.run(
            command, check=True, capture_output=True, text=True, input=json.dumps(shapes)
        )
        runs.append(json.loads(run.stdout))
    first, later = zip(*runs, strict=True)
    return statistics.median(first) * 1000, statistics.median(later) * 1000


def main() -> None:
    """Print a table."""
    print(f"\n## Recognising a network, ms (aim {AIM_MS})\n")
    print("| tensors of | tensors | first, index read | later |")
    print("|---|---|---|---|")
    cases = {name: shapes_of(name) for name in DESIGNS}
    cases["a language model"] = {
        f"model.layers.{layer}.{part}.weight": [4096, 4096]
        for layer in range(80)
        for part in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.up_proj")
    }
    for name, shapes in cases.items():
        first, later = times_ms(shapes)
        print(f"| {name} | {len(shapes)} | **{first:.0f}** | {later:.0f} |")


if __name__ == "__main__":
    main()
