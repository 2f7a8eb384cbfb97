"""How soon a server is ready, a network open and its drawing there, and what the first page takes.

Everything is a ratio to something of the same machine and moment: to importing torch, to
torch.export of the same network. Needs Chromium (CHROMIUM_PATH, or on the path) and Playwright.
Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.opening).
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager

from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.page import FLAGS
from benchmarks.serving import Connection, RunningServer, running_server, seconds_of

NETWORKS = ("densenet121", "googlenet", "inception_v3", "resnet152")
AIM_READY = 2.5
AIM_OPENING = 0.1
AIM_BYTES = 700_000
AIM_REQUESTS = 60

# As the tracer calls it: on the meta device, for a batch of unknown size.
_EXPORT = """
import sys, time
import torch
from torch.export import Dim, export
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_unfilled
entry = catalogue().resolve(sys.argv[1])
module = build_unfilled(entry.architecture.build).eval()
example = torch.zeros(2, *entry.preprocessing.input_shape, device="meta")
start = time.perf_counter()
export(module, (example,), dynamic_shapes=({0: Dim.DYNAMIC},), strict=False)
print(time.perf_counter() - start)
"""


def fresh_server(cache: str) -> AbstractContextManager[RunningServer]:
    """A server that has traced nothing before."""
    return running_server(cache_dir=cache)


def measure_start(rounds: int) -> None:
    """Print how long a server takes to be ready, beside the import of torch alone."""
    imports_s, ready_s = [], []
    for _ in range(rounds):
        command = [sys.executable, "-c", "import torch"]
        imports_s.append(seconds_of(lambda: subprocess.run(command, check=True)))  # noqa: B023
        with tempfile.TemporaryDirectory() as cache:
            start = time.perf_counter()
            with fresh_server(cache):
                ready_s.append(time.perf_counter() - start)
    ready, imported = statistics.median(ready_s), statistics.median(imports_s)
    print(
        f"\nReady after {ready:.2f} s; `import torch` alone takes {imported:.2f} s: "
        f"**{ready / imported:.2f}** times (aim {AIM_READY})."
    )


def measure_opening() -> None:
    """Print the first opening of large networks beside torch.export of the same."""
    print(f"\n### From the request to the whole graph, s (aim {AIM_OPENING} of torch.export)\n")
    print("| network | layers | on a fresh server | torch.export | ratio |")
    print("|---|---|---|---|---|")
    for name in NETWORKS:
        with tempfile.TemporaryDirectory() as cache, fresh_server(cache) as server:
            connection = Connection(server)
            start = time.perf_counter()
            layers = len(json.loads(connection.get(f"/models/{name}.random"))["layers"])
            opened_s = time.perf_counter() - start
        command = [sys.executable, "-c", _EXPORT, f"{name}.random"]
        exported_s = float(subprocess.run(command, check=True, capture_output=True).stdout)
        print(
            f"| {name} | {layers} | {opened_s:.3f} | {exported_s:.2f} | "
            f"**{opened_s / exported_s:.3f}** |"
        )


def one_of_each_design(connection: Connection) -> dict[str, str]:
    """A model id by design, if possible of one whose weights are not here."""
    models = json.loads(connection.get("/models"))["models"]
    ids = {model["architecture"]: model["id"] for model in models}
    return ids | {
        model["architecture"]: model["id"]
        for model in models
        if model["weights"]["status"] == "downloadable"
    }


def measure_memory() -> None:
    """Print what the graphs of all designs take once they are open; before, none is read."""
    with tempfile.TemporaryDirectory() as cache, fresh_server(cache) as server:
        connection = Connection(server)
        ids = one_of_each_design(connection)
        before = server.resident_bytes()
        for model_id in ids.values():
            connection.get(f"/models/{model_id}")
        grown = server.resident_bytes() - before
    print(
        f"\n{len(ids)} graphs opened one after the other add {grown / 2**20:.0f} MB to a server of "
        f"{before / 2**20:.0f} MB."
    )


def measure_drawings(browser: Browser) -> None:
    """Print how soon each design is drawn after it was chosen."""
    with tempfile.TemporaryDirectory() as cache, fresh_server(cache) as server:
        ids = one_of_each_design(Connection(server))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{server.url}/")
        page.wait_for_load_state("networkidle")
        times_ms = {}
        for name, model_id in ids.items():
            page.keyboard.press("m")
            page.get_by_role("combobox", name="Search models").fill(model_id)
            option = page.locator(f'.model-option-id:text-is("{model_id}")')
            expect(option).to_be_visible()
            times_ms[name] = page.evaluate(_CHOOSE, model_id)
        page.close()
    slowest = max(times_ms, key=times_ms.__getitem__)
    print(
        f"\nFrom choosing one of {len(times_ms)} designs to its drawing: "
        f"{statistics.median(times_ms.values()):.0f} ms, at most {times_ms[slowest]:.0f} "
        f"({slowest}); aim 500."
    )


# Clicks on the option and answers with the time until cells of that network are painted.
_CHOOSE = """async (model_id) => {
    const text = [...document.querySelectorAll(".model-option-id")]
        .find((node) => node.textContent === model_id);
    const port = document.querySelector(".network-port");
    const before = port.querySelector(".cell");
    const start = performance.now();
    text.closest("[role=option]").click();
    while (performance.now() - start < 30_000) {
        await new Promise(requestAnimationFrame);
        const cell = port.querySelector(".cell");
        const chosen = document.querySelector(".model-button-id").textContent === model_id;
        if (chosen && cell && cell !== before && !port.hidden) return performance.now() - start;
    }
    throw new Error(`${model_id} was not drawn within 30 s`);
}"""


def measure_first_page(browser: Browser, server: RunningServer) -> None:
    """Print what the first page asks for and takes, and what a second visit does."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    asked: set[str] = set()
    sizes: dict[str, float] = {}

    def note(event: dict[str, object]) -> None:
        request = event["request"]
        if isinstance(request, dict) and request["url"].startswith(server.url):
            asked.add(str(event["requestId"]))

    network.on("Network.requestWillBeSent", note)
    network.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]),
    )
    for visit in ("first", "second"):
        asked.clear()
        sizes.clear()
        page.goto(f"{server.url}/")
        page.wait_for_load_state("networkidle")
        sent = [sizes.get(request, 0) for request in asked]
        print(
            f"\nThe page on a {visit} visit: {sum(size > 0 for size in sent)} answers of "
            f"{sum(sent) / 1000:.0f} kB (aim {AIM_REQUESTS} and {AIM_BYTES / 1000:.0f} kB)."
        )
    context.close()


def main() -> None:
    """Measure and print."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if path is None:
        raise SystemExit("no Chromium: install it, or set CHROMIUM_PATH")
    measure_start(rounds=5)
    measure_opening()
    measure_memory()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        measure_drawings(browser)
        with running_server() as server:
            measure_first_page(browser, server)
        browser.close()


if __name__ == "__main__":
    main()
