"""Writes the pictures of README.md and docs/guide/, as a browser shows them: docs/pictures/.

Run: `make pictures`. It starts a server of its own, with a cache of its own, that fetches nothing,
and drives a Chromium over it. `scripts/pictures_of_documents.py` says what is shown; names behind
the command choose some of it.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.pictures_of_documents import (
    DIRECTORY,
    PICTURES,
    ROOT,
    SCANNER_LABELS,
    SCANNER_NETWORKS,
    SCANS,
    Picture,
)

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
SHOWN_HOST = "127.0.0.1:8000"
WAIT_MS = 60_000
READY_S = 120
# A page is done once two looks, this far apart, are the same.
STILL_MS = 400
LOOKS = 100
COLOURS = 255
MARGIN_PX = 8

expect.set_options(timeout=WAIT_MS)

_NO_TOUR = "localStorage.setItem('convscope-tour', 'dismissed')"


@contextmanager
def serving(cache: Path) -> Iterator[str]:
    """A server at a free port of this machine; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("CONVSCOPE_")},
        "CONVSCOPE_CACHE_DIR": str(cache),
        "CONVSCOPE_DOWNLOADS_ALLOWED": "false",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_S
        while not _is_ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not become ready")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).is_success
    except httpx2.TransportError:
        return False


def send_scans(url: str) -> dict[str, str]:
    """Open the networks of the guide, and upload its picture.

    Returns:
        What stands for `{seven}` in an address.
    """
    with httpx2.Client(base_url=f"{url}/api/v1/", timeout=60) as client:
        weights = {"file": ("scanner.safetensors", (SCANS / "scanner.safetensors").read_bytes())}
        checkpoint = client.post("checkpoints", files=weights).raise_for_status().json()["id"]
        for name, preparation in SCANNER_NETWORKS.items():
            body = {"checkpoint": checkpoint, "name": name, "labels": SCANNER_LABELS}
            body |= {"preprocessing": preparation} if preparation else {}
            client.post("models", json=body).raise_for_status()
        file = {"file": ("seven.png", (SCANS / "seven.png").read_bytes())}
        return {"seven": client.post("images", files=file).raise_for_status().json()["id"]}


def take(browser: Browser, picture: Picture, ids: dict[str, str]) -> bytes:
    """Open the page, do what is to be done, and look until nothing changes any more.

    Returns:
        A PNG with a palette.
    """
    with browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.theme,
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(_NO_TOUR)
        page.goto(f"http://{SHOWN_HOST}{picture.address.format(**ids)}")
        _wait(page)
        if picture.act is not None:
            picture.act(page)
        # No pointer lies over anything, and no field has the focus.
        page.mouse.move(0, 0)
        content = _still(page, picture)
    if complaints:
        raise SystemExit(f"{picture.name}: {complaints}")
    return _with_palette(content)


def _wait(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator('[aria-busy="true"]')).to_have_count(0)


def _still(page: Page, picture: Picture) -> bytes:
    before = b""
    for _ in range(LOOKS):
        _wait(page)
        now = page.screenshot(clip=_box(page, picture), caret="hide")
        if now == before:
            return now
        before = now
        page.wait_for_timeout(STILL_MS)
    raise SystemExit(f"{picture.name}: the page does not come to rest")


def _box(page: Page, picture: Picture) -> dict[str, float] | None:
    """What holds all its parts, within the screen."""
    if not picture.parts:
        return None
    boxes = [page.locator(part).first.bounding_box() for part in picture.parts]
    sides = [(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in boxes if b]
    left, top, right, bottom = zip(*sides, strict=True)
    x, y = max(0, min(left) - MARGIN_PX), max(0, min(top) - MARGIN_PX)
    width = min(picture.width, max(right) + MARGIN_PX) - x
    height = min(picture.height, max(bottom) + MARGIN_PX) - y
    return {"x": x, "y": y, "width": width, "height": height}


def _with_palette(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        few = image.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
        )
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def write_pictures(directory: Path, names: Sequence[str] = ()) -> None:
    """Write those of these names, or all."""
    path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise SystemExit("no Chromium: install Debian's package chromium, or set CHROMIUM_PATH")
    directory.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as cache, serving(Path(cache)) as url:
        ids: dict[str, str] = {}
        with sync_playwright() as playwright:
            # Addresses on the pages are those of the documents, whatever port was free.
            port = url.rsplit(":", 1)[1]
            rule = f"--host-resolver-rules=MAP {SHOWN_HOST} 127.0.0.1:{port}"
            browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, rule])
            for picture in PICTURES:
                if names and picture.name not in names:
                    continue
                # A network that is open already would be offered another name.
                if not ids and "{seven}" in picture.address:
                    ids = send_scans(url)
                content = take(browser, picture, ids)
                (directory / f"{picture.name}.png").write_bytes(content)
                print(f"{picture.name}: {len(content):,} bytes", flush=True)
            browser.close()


if __name__ == "__main__":
    write_pictures(DIRECTORY, sys.argv[1:])
