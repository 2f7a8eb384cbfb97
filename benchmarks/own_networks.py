"""How soon one's own weights are scores, and how soon they are recognised.

Everything is a ratio to what one would do by hand on the same machine and moment: `torch.load` and
one forward pass. Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.own_networks).
"""

import json
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from benchmarks.serving import Connection, multipart, running_server, seconds_of
from models.checkpoints.child import survey_in_child
from models.recognition.designs import open_design
from models.recognition.recognition import recognise
from models.weights.construction import build_random
from models.weights.loading import frozen

DESIGN = "resnet50"
CLASSES = 7
ROUNDS = 5
AIM_SCORES = 1.5
AIM_RECOGNITION_S = 0.3


def by_hand(path: Path) -> tuple[float, float]:
    """Seconds from the file to scores with torch alone: with the module built, and to be built."""
    build = open_design(DESIGN).build(CLASSES, 3)
    picture = torch.zeros(1, 3, 224, 224)

    def run(module: nn.Module) -> None:
        module.load_state_dict(torch.load(path, weights_only=True))
        with torch.inference_mode():
            frozen(module)(picture)

    built = build()
    run(built)
    took = [
        (seconds_of(lambda: run(built)), seconds_of(lambda: run(build()))) for _ in range(ROUNDS)
    ]
    with_module, without = (statistics.median(each) for each in zip(*took, strict=True))
    return with_module, without


def dropped(path: Path) -> tuple[float, float, float]:
    """Seconds for the upload, for the opening, and for the scores of the example."""
    body = multipart(path.read_bytes())
    took: list[tuple[float, float, float]] = []
    with (
        tempfile.TemporaryDirectory() as cache,
        running_server(cache_dir=cache, default_model="lenet5.mnist5k") as server,
    ):
        connection = Connection(server)
        for number in range(ROUNDS + 1):
            start = time.perf_counter()
            sent = json.loads(connection.ask("POST", "/checkpoints", body))
            came = time.perf_counter()
            asked = {"checkpoint": sent["id"], "architecture": DESIGN, "name": f"n{number}"}
            connection.ask("POST", "/models", json.dumps(asked).encode(), "application/json")
            opened = time.perf_counter()
            connection.get(f"/models/{DESIGN}.n{number}/predictions?image=example-chelsea")
            took.append((came - start, opened - came, time.perf_counter() - opened))
    # The first also imports the library whose design it is.
    upload, opening, scores = (statistics.median(each) for each in zip(*took[1:], strict=True))
    return upload, opening, scores


def measure_scores(path: Path) -> None:
    """Print the way from a dropped file to scores, beside the same by hand."""
    megabytes = path.stat().st_size / 1e6
    hand_s, built_s = by_hand(path)
    upload_s, opening_s, scores_s = dropped(path)
    total_s = upload_s + opening_s + scores_s
    print(f"\n### From {megabytes:.0f} MB dropped to scores ({DESIGN}, aim {AIM_SCORES})\n")
    print(
        "| sent and recognised | opened | scores | in all | torch.load and one pass | ratio "
        "| and building the module | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|")
    print(
        f"| {upload_s:.2f} s | {opening_s:.2f} s | {scores_s:.2f} s | {total_s:.2f} s | "
        f"{hand_s:.2f} s | **{total_s / hand_s:.2f}** | {built_s:.2f} s | "
        f"**{total_s / built_s:.2f}** |"
    )


def measure_recognition(path: Path) -> None:
    """Print how long it takes to tell which design a file is of."""
    start = time.perf_counter()
    survey = survey_in_child(path)
    looked_s = time.perf_counter() - start
    shapes = {name: tensor.shape for name, tensor in survey.tensors.items()}
    first_s = seconds_of(lambda: recognise(shapes))
    again_s = statistics.median(seconds_of(lambda: recognise(shapes)) for _ in range(ROUNDS))
    print(
        f"\nRecognition: {first_s * 1000:.0f} ms with the index read, then {again_s * 1000:.0f} ms "
        f"(aim {AIM_RECOGNITION_S * 1000:.0f}); to look into the file in a process of its own "
        f"{looked_s * 1000:.0f} ms."
    )


def main() -> None:
    """Print everything as Markdown."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "best.pth"
        module = build_random(open_design(DESIGN).build(CLASSES, 3), seed=0)
        torch.save(module.state_dict(), path)
        measure_recognition(path)
        measure_scores(path)


if __name__ == "__main__":
    main()
