"""How soon one's own weights are scores, how soon they are recognised, and a module is drawn.

Everything is a ratio to what one would do by hand on the same machine and moment: `torch.load` and
one forward pass; to write the module down alone. Needs Chromium (CHROMIUM_PATH, or on the path) and
Playwright. Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.own_networks).
"""

import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Browser, expect, sync_playwright
from torch import nn

import convscope
from benchmarks.page import FLAGS
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
AIM_SHOW = 1.5
SHOWN = ("resnet18", "resnet50", "densenet201")
SHOWN_ROUNDS = 3


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


def measure_show(browser: Browser) -> None:
    """Print the way from a live module to its drawing in a browser, beside its export alone."""
    print(f"\n### From `convscope.show` to a drawn page (aim {AIM_SHOW})\n")
    print("| network | export alone | show, drawn and with scores | ratio |")
    print("|---|---|---|---|")
    for name in SHOWN:
        module = frozen(build_random(open_design(name).build(CLASSES, 3), seed=0))
        exported_s, shown_s = [], []
        with tempfile.TemporaryDirectory() as directory:
            convscope.export(module, Path(directory) / "first.zip")
            for _ in range(SHOWN_ROUNDS):
                place = Path(directory) / "again.zip"
                exported_s.append(seconds_of(lambda: convscope.export(module, place)))  # noqa: B023
                shown_s.append(_show(module, browser))
        exported, shown = statistics.median(exported_s), statistics.median(shown_s)
        print(f"| {name} | {exported:.2f} s | {shown:.2f} s | **{shown / exported:.2f}** |")


def _show(module: nn.Module, browser: Browser) -> float:
    """Seconds until it is drawn; the session's end comes after."""
    start = time.perf_counter()
    with convscope.show(module, open="no") as session:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(session.url)
        expect(page.locator(".network-port .cell").first).to_be_visible(timeout=60_000)
        expect(page.locator(".score-table tbody tr").first).to_be_visible(timeout=60_000)
        took = time.perf_counter() - start
        page.close()
    return took


def main() -> None:
    """Print everything as Markdown."""
    chromium = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no Chromium: install it, or set CHROMIUM_PATH")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "best.pth"
        module = build_random(open_design(DESIGN).build(CLASSES, 3), seed=0)
        torch.save(module.state_dict(), path)
        measure_recognition(path)
        measure_scores(path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        measure_show(browser)
        browser.close()


if __name__ == "__main__":
    main()
