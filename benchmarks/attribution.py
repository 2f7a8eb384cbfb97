"""What attributions cost, against captum and pytorch-grad-cam: same run, same weights, one thread.

Grad-CAM is measured after the upload: the server has made the forward pass already, so ours starts
from the captured maps, where the others begin at the picture. Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.attribution).
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from models import torchvision_operators as _operators  # noqa: F401  before torchvision

# isort: split

import torch
from captum import attr
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from app.compute.memory import keep_freed_memory
from app.inspection.activations.loading import load_model
from app.inspection.activations.observation import observe
from app.inspection.attribution.baselines import BASELINES
from app.inspection.attribution.class_maps import checked_layer
from app.inspection.attribution.contract import Subject
from app.inspection.attribution.methods import method_named
from app.inspection.graph.unit import Unit
from app.inspection.progress import no_progress
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue
from models.weights.locations import WeightsLocations

# Model, and the module that makes the maps which Grad-CAM weighs.
NETWORKS = ((DEFAULT_MODEL, "bn2"), ("resnet18.random", "layer4"))
PICTURE = Path(__file__).parents[1] / "static" / "examples" / "chelsea.png"
CLASS = 282
STEPS = 32
LARGEST_GAP = 0.01
UNIFORM_STEPS = (32, 64, 96, 128, 192, 256)


def medians(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of this process for each, taken in turns.

    One thread computes, so this is what each takes of an idle machine, and what else runs does not
    count.
    """
    for contender in contenders.values():
        contender()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            before = time.process_time()
            contender()
            times[name].append(1000 * (time.process_time() - before))
    return {name: statistics.median(found) for name, found in times.items()}


def measure(model_id: str, module_name: str) -> None:
    """Print one row a method."""
    entry = catalogue().resolve(model_id)
    model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
    graph = trace(model.module, entry.preprocessing.input_shape)
    observation = observe(model, graph, Image.open(PICTURE).convert("RGB"))
    target = Unit(graph.output, CLASS, 0, 0)
    layer_id = checked_layer(graph, graph.output, None)
    tensor = observation.tensor
    subject = Subject(graph, tensor, target, observation.activations, (), layer_id)
    module = model.module
    layer = module.get_submodule(module_name)

    def ours(name: str, **options: object) -> Callable[[], object]:
        method = method_named(name)
        complete = method.complete({key: str(value) for key, value in options.items()})
        return partial(method.run, subject, complete, no_progress)

    def their_grad_cam() -> object:
        with GradCAM(model=module, target_layers=[layer]) as cam:
            return cam(
                input_tensor=tensor.clone().requires_grad_(),
                targets=[ClassifierOutputTarget(CLASS)],
            )

    captum_cam = attr.LayerGradCam(module, layer)
    captum_path = attr.IntegratedGradients(module)

    def their_path(batch: int | None) -> object:
        return captum_path.attribute(
            tensor.clone().requires_grad_(), target=CLASS, n_steps=STEPS, internal_batch_size=batch
        )

    cams = medians(
        {
            "ours": ours("grad_cam"),
            "pytorch-grad-cam": their_grad_cam,
            "captum": lambda: captum_cam.attribute(tensor.clone().requires_grad_(), CLASS),
        },
        rounds=15,
    )
    for other in ("pytorch-grad-cam", "captum"):
        print(
            f"| {model_id} | Grad-CAM | {cams['ours']:.1f} | {other} | {cams[other]:.1f} | "
            f"**{cams[other] / cams['ours']:.1f}** | 5 |"
        )
    paths = medians(
        {
            "ours": ours("integrated_gradients", steps=STEPS, rule="gauss_legendre"),
            **{f"captum, {n or STEPS} at once": partial(their_path, n) for n in (4, 8, None)},
        },
        rounds=3,
    )
    best = min((name for name in paths if name != "ours"), key=paths.__getitem__)
    print(
        f"| {model_id} | integrated gradients, {STEPS} steps | {paths['ours']:.0f} | {best} | "
        f"{paths[best]:.0f} | **{paths[best] / paths['ours']:.2f}** | 1 |"
    )


def points_for_the_gap(model_id: str) -> None:
    """Print how many gradients a gap of 1 % takes, where the parts do not add up and uniformly.

    The first map is the one that the page shows while it refines.
    """
    entry = catalogue().resolve(model_id)
    model = load_model(entry, WeightsLocations(cache_directory=Path("unused")))
    graph = trace(model.module, entry.preprocessing.input_shape)
    observation = observe(model, graph, Image.open(PICTURE).convert("RGB"))
    target = Unit(graph.output, CLASS, 0, 0)
    black = entry.preprocessing.black
    subject = Subject(graph, observation.tensor, target, observation.activations, black)
    method = method_named("integrated_gradients")

    def run(**options: object) -> tuple[float, float, float, float]:
        """(points, relative gap, seconds of this process, those until the first map)."""
        before = time.process_time()
        first: list[float] = []

        def watch(done: int, total: int, preview: object = None) -> None:
            del done, total
            if preview is not None and not first:
                first.append(time.process_time() - before)

        complete = method.complete({key: str(value) for key, value in options.items()})
        found = method.run(subject, complete, watch)
        seconds = time.process_time() - before
        gap = found.completeness.relative_gap if found.completeness else None
        points = found.facts["points"]
        return points, 1.0 if gap is None else gap, seconds, first[0] if first else seconds

    run(steps=8)
    for start in BASELINES:
        points, gap, seconds, first = run(baseline=start)
        uniform = next(
            each
            for steps in UNIFORM_STEPS
            if (each := run(baseline=start, steps=steps))[1] <= LARGEST_GAP
            or steps == UNIFORM_STEPS[-1]
        )
        print(
            f"| {model_id} | {start} | {points:.0f} ({100 * gap:.1f} %) | {first:.2f} | "
            f"{seconds:.1f} | {uniform[0]:.0f} ({100 * uniform[1]:.1f} %) | {uniform[2]:.1f} | "
            f"**{uniform[2] / seconds:.1f}** |",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    keep_freed_memory()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, torch {torch.__version__}")
    print("\n### Attributions against other libraries\n")
    print("| model | method | ours, ms | other | its ms | times as fast | aim |")
    print("|---|---|---|---|---|---|---|")
    for model_id, module_name in NETWORKS:
        measure(model_id, module_name)
    print("\n### Gradients that a completeness gap of 1 % takes\n")
    print("| model | from | points (gap) | first map, s | s | uniform (gap) | s | times as fast |")
    print("|---|---|---|---|---|---|---|---|")
    points_for_the_gap(DEFAULT_MODEL)


if __name__ == "__main__":
    main()
