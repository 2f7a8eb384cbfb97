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
def now():
    return time.perf_counter(), time.process_time()
start = now()
from models.recognition.recognition import recognise
recognise(shapes)
first = now()
for _ in range(10):
    recognise(shapes)
end = now()
print(json.dumps([
    *(after - before for before, after in zip(start, first)),
    *((after - before) / 10 for before, after in zip(first, end)),
]))
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


def times_ms(shapes: dict[str, list[int]]) -> list[float]:
    """The first recognition of a process and a later one, each on the clock and of the processor.

    Medians over some processes.
    """
    runs = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", _RECOGNISE]
        run = subprocess.run(
            command, check=True, capture_output=True, text=True, input=json.dumps(shapes)
        )
        runs.append(json.loads(run.stdout))
    return [statistics.median(times) * 1000 for times in zip(*runs, strict=True)]


def main() -> None:
    """Print a table."""
    print(f"\n## Recognising a network, ms (aim {AIM_MS})\n")
    print("| tensors of | tensors | first, index read | of the processor | later | processor |")
    print("|---|---|---|---|---|---|")
    cases = {name: shapes_of(name) for name in DESIGNS}
    cases["a language model"] = {
        f"model.layers.{layer}.{part}.weight": [4096, 4096]
        for layer in range(80)
        for part in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.up_proj")
    }
    for name, shapes in cases.items():
        first, first_cpu, later, later_cpu = times_ms(shapes)
        print(
            f"| {name} | {len(shapes)} | **{first:.0f}** | {first_cpu:.0f} | {later:.0f} "
            f"| {later_cpu:.0f} |"
        )


if __name__ == "__main__":
    main()
