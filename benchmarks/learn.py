"""How soon a chapter of the course answers the hand, whether it keeps up, and what it weighs.

Needs Chromium (CHROMIUM_PATH, or on the path) and Playwright. Only 127.0.0.1 is ever contacted.

Run: `make bench` (python -m benchmarks.learn).
"""

import os
import shutil
import statistics

from playwright.sync_api import Page, sync_playwright

from app.web.learn.chapters import CHAPTERS
from benchmarks.serving import running_server

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
REPEATS = 3
FRAMES = 120
AIM_READY_MS = 1000
AIM_BYTES = 150_000
FRAME_MS = 1000 / 60

# When all of a chapter stands: from the beginning of the navigation.
_NOTE_READY = """
new MutationObserver((_, observer) => {
    if (!document.querySelector("main[data-ready]")) return;
    observer.disconnect();
    window.ready_ms = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
_BYTES = """() => performance.getEntries()
    .filter(({ name, entryType }) => entryType === "navigation"
        || (entryType === "resource" && /\\.(js|css)$/.test(new URL(name, location).pathname)))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
# Moves the first thing that can be dragged, a little in every frame; answers with the time between
# frames.
_DRAG = """async (frames) => {
    const thing = [...document.querySelectorAll(
        ".chapter-stage [role=slider], .chapter-stage input[type=range]"
    )].find((node) => node.checkVisibility());
    const box = thing.getBoundingClientRect();
    const send = (type, x, y) => thing.dispatchEvent(new PointerEvent(type, {
        bubbles: true, pointerId: 1, button: 0, buttons: 1, clientX: x, clientY: y,
    }));
    const middle = [box.left + box.width / 2, box.top + box.height / 2];
    if (thing.setPointerCapture) thing.setPointerCapture = () => undefined;
    if (thing.hasPointerCapture) thing.hasPointerCapture = () => true;
    send("pointerdown", ...middle);
    const times = [];
    let before = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < frames; frame += 1) {
        const swing = Math.sin(frame / 8);
        if (thing.type === "range") {
            const low = Number(thing.min), high = Number(thing.max);
            thing.value = String(low + (high - low) * (0.5 + 0.4 * swing));
            thing.dispatchEvent(new Event("input", { bubbles: true }));
        } else send("pointermove", middle[0] + 30 * swing, middle[1] + 30 * swing);
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    send("pointerup", ...middle);
    return times;
}"""


def chapter(page: Page, url: str, slug: str) -> None:
    readies = []
    for _ in range(REPEATS):
        page.goto(f"{url}/learn/{slug}")
        page.wait_for_selector("main[data-ready]", state="attached")
        readies.append(page.evaluate("window.ready_ms"))
    weight = page.evaluate(_BYTES)
    times = sorted(page.evaluate(_DRAG, FRAMES))
    late = sum(each > 1.5 * FRAME_MS for each in times)
    print(
        f"{slug:22} stands after {statistics.median(readies):4.0f} ms"
        f" ({statistics.median(readies) / AIM_READY_MS:.2f} of the aim)"
        f"   {weight / 1000:5.1f} kB ({weight / AIM_BYTES:.2f} of the limit)"
        f"   frames {statistics.median(times):4.1f} ms, one in 20 longer than"
        f" {times[int(0.95 * FRAMES)]:4.1f} ms,"
        f" late {late} of {FRAMES}"
    )


def main() -> None:
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        print("no Chromium: the chapters were not measured")
        return
    with running_server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(_NOTE_READY)
        for each in CHAPTERS:
            chapter(page, f"http://127.0.0.1:{server.port}", each.slug)
        browser.close()


if __name__ == "__main__":
    main()
