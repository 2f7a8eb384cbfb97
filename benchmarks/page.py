"""How soon the page is there and draws a layer or a refining map, and whether values keep up.

Needs Chromium (CHROMIUM_PATH, or on the path) and Playwright. Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.page).
"""

import os
import shutil
import statistics

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.serving import running_server

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
# Model, the layer before the one that is opened, and that one.
LAYERS = (
    ("vgg16.random", "features.19", "features.20"),
    ("efficientnet_lite0.imagenet1k", "conv_head", "bn2.batch_norm"),
)
FIELDS = (
    ("efficientnet_lite0.imagenet1k", "blocks.3.0.bn1.act"),
    ("resnet50.random", "layer3.0.relu"),
    ("dilated_net.random", "conv4"),
)
NETWORK = "resnet152.random"
AIM_MS = 100
# Of the scores of the cat, the highest; each is asked about once.
MAP_CLASSES = (281, 282, 285, 287)
FIRST_MAP_AIM_MS = 1000

_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_DRAWN = """() => {
    const last = (name) => performance.getEntriesByName(name).at(-1).startTime;
    return last("convscope-maps-drawn") - last("convscope-maps-answer");
}"""
# Points at another value in every frame; answers with the time between frames.
_HOVER = """async (frames) => {
    const port = document.querySelector(".map-grid .map-port");
    const box = port.getBoundingClientRect();
    const times = [];
    let before = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < frames; frame += 1) {
        port.dispatchEvent(new PointerEvent("pointermove", {
            bubbles: true,
            clientX: box.left + ((frame * 7) % (box.width - 20)),
            clientY: box.top + ((frame * 3) % (box.height - 20)),
        }));
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    return times;
}"""
# Points at another unit in every frame; answers with the time until its field is on the picture,
# which the next frame then paints.
_FIELD = """async (frames) => {
    const port = document.querySelector(".map-grid .map-port");
    const overlay = document.querySelector(".picture-frame .field-overlay");
    const box = port.getBoundingClientRect();
    const times = [];
    for (let frame = 0; frame < frames; frame += 1) {
        const before = overlay.dataset.theoretical;
        const start = performance.now();
        port.dispatchEvent(new PointerEvent("pointermove", {
            bubbles: true,
            clientX: box.left + 1 + (frame * 7) % (box.width / 2),
            clientY: box.top + 1 + (frame * 3) % (box.height / 2),
        }));
        const passed = performance.now() - start;
        if (overlay.dataset.theoretical !== before) times.push(passed);
        await new Promise(requestAnimationFrame);
    }
    return times;
}"""
# Chooses a method, and answers with the time until its first map and until its last are drawn.
_MAP = """() => new Promise((resolve) => {
    const times = [];
    const start = performance.now();
    new MutationObserver((_, observer) => {
        const card = document.querySelector(".why-card");
        const is_first = card.querySelector(".why-note").textContent.startsWith("So far");
        if (card.dataset.phase === "ready") observer.disconnect();
        else if (!is_first || times.length > 0) return;
        times.push(null);
        const place = times.length - 1;
        const is_last = card.dataset.phase === "ready";
        requestAnimationFrame(() => requestAnimationFrame((now) => {
            times[place] = now - start;
            if (is_last) resolve([times[0], times.at(-1)]);
        }));
    }).observe(document.querySelector(".why-cards"), {
        subtree: true, childList: true, characterData: true, attributes: true,
    });
    const select = document.querySelector(".why-card select.why-method");
    select.value = "integrated_gradients";
    select.dispatchEvent(new Event("change", { bubbles: true }));
})"""
_SCROLL = """async (frames) => {
    const port = document.querySelector(".network-port");
    const times = [];
    let before = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < frames; frame += 1) {
        port.scrollTop += 120;
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    return times;
}"""


def wait_for(page: Page, layer: str) -> None:
    """Return once the maps of a layer are painted."""
    canvas = page.locator(".map-grid canvas:not(.map-overlay)")
    expect(canvas).to_have_attribute("data-layer", layer, timeout=60_000)


def measure_first_paint(page: Page, url: str, rounds: int) -> None:
    """Print how soon something is on the screen."""
    times_ms = []
    for _ in range(rounds):
        page.goto(f"{url}/")
        page.wait_for_load_state("networkidle")
        times_ms.append(page.evaluate(_PAINTED))
    print(f"\nFirst paint after {statistics.median(times_ms):.0f} ms, {max(times_ms):.0f} at most.")


def measure_drawing(page: Page, url: str, rounds: int) -> None:
    """Print the time from a layer's answer to its maps on the screen."""
    print(f"\n### From the answer to the maps on the screen, ms (aim {AIM_MS})\n")
    print("| maps | median | largest | frames while pointing: median | 95 % |")
    print("|---|---|---|---|---|")
    for model, before, layer in LAYERS:
        page.goto(f"{url}/?model={model}&layer={before}")
        wait_for(page, before)
        times_ms = []
        for _ in range(rounds):
            page.keyboard.press("]")
            wait_for(page, layer)
            times_ms.append(page.evaluate(_DRAWN))
            page.keyboard.press("[")
            wait_for(page, before)
        page.keyboard.press("]")
        wait_for(page, layer)
        page.wait_for_load_state("networkidle")
        frames = sorted(page.evaluate(_HOVER, 240))
        shape = page.locator(".layer-facts").inner_text().split(" · ")[1]
        print(
            f"| {shape} | **{statistics.median(times_ms):.0f}** | {max(times_ms):.0f} | "
            f"{statistics.median(frames):.1f} | {frames[int(0.95 * len(frames))]:.1f} |"
        )


def measure_fields(page: Page, url: str) -> None:
    """Print the time from a movement of the pointer to the unit's field on the picture."""
    print("\n### From pointing at a unit to its field on the picture, ms (a frame is 16.7)\n")
    print("| layer | boxes | median | 95 % | largest |")
    print("|---|---|---|---|---|")
    for model, layer in FIELDS:
        page.goto(f"{url}/?model={model}&layer={layer}&image=example-chelsea")
        wait_for(page, layer)
        page.wait_for_load_state("networkidle")
        times = sorted(page.evaluate(_FIELD, 240))
        print(
            f"| {model} {layer} | {len(times)} | **{statistics.median(times):.1f}** | "
            f"{times[int(0.95 * len(times))]:.1f} | {times[-1]:.1f} |"
        )


def measure_first_map(page: Page, url: str) -> None:
    """Print how soon a refining map is on the screen, beside all of it."""
    firsts, wholes = [], []
    for class_index in MAP_CLASSES:
        # Another class each time: an answer that is known comes at once.
        page.goto(f"{url}/?lens=why&class={class_index}&methods=grad_cam")
        expect(page.locator(".why-card")).to_have_attribute("data-phase", "ready", timeout=60_000)
        first, whole = page.evaluate(_MAP)
        firsts.append(first)
        wholes.append(whole)
    # The first time also what is computed once is.
    first, whole = statistics.median(firsts[1:]), statistics.median(wholes[1:])
    print(
        f"\nIntegrated gradients: from choosing them to a first map on the screen "
        f"**{first:.0f} ms** (aim {FIRST_MAP_AIM_MS}; {firsts[0]:.0f} the first time), to all of "
        f"it {whole:.0f} ms, {whole / first:.1f} times as long."
    )


def measure_network(page: Page, url: str) -> None:
    """Print how a large network opens and scrolls."""
    page.goto(f"{url}/?model={NETWORK}")
    button = page.get_by_role("button", name="Open all blocks")
    expect(button).to_be_enabled(timeout=60_000)
    page.wait_for_load_state("networkidle")
    opening_ms = page.evaluate(
        """async () => {
            const start = performance.now();
            document.querySelector("[aria-label='Open all blocks']").click();
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            return performance.now() - start;
        }"""
    )
    count = page.locator(".cell").count()
    frames = sorted(page.evaluate(_SCROLL, 120))
    print(
        f"\nAll of {NETWORK} ({count} items): open after {opening_ms:.0f} ms; frames while "
        f"scrolling {statistics.median(frames):.1f} ms, 95 % within "
        f"{frames[int(0.95 * len(frames))]:.1f} ms."
    )


def measure_docs(page: Page, url: str) -> None:
    """Print how much the page of the HTTP interface is before anything is opened."""
    for visit in ("first", "second"):
        page.goto(f"{url}/docs")
        page.wait_for_load_state("networkidle")
        elements, height = page.evaluate(
            "[document.querySelectorAll('*').length, document.documentElement.scrollHeight]"
        )
        print(
            f"\n/docs, {visit} visit: {elements:,} elements, {height:,} px, first paint after "
            f"{page.evaluate(_PAINTED):.0f} ms."
        )


def main() -> None:
    """Measure and print."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if path is None:
        raise SystemExit("no Chromium: install it, or set CHROMIUM_PATH")
    with running_server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60_000)
        measure_first_paint(page, server.url, rounds=5)
        measure_drawing(page, server.url, rounds=10)
        measure_fields(page, server.url)
        measure_first_map(page, server.url)
        measure_network(page, server.url)
        measure_docs(page, server.url)
        browser.close()


if __name__ == "__main__":
    main()
