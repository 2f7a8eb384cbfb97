"""A real server and a real Chromium; a page that complains in its console fails its test."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).parents[2]
# One attempt waits a tenth of a second: a machine that is busy with other suites gets a minute.
READY_ATTEMPTS = 600
BUSY_MS = 60_000
expect.set_options(timeout=BUSY_MS)
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def find_chromium() -> str | None:
    """The browser to drive: the one that was named, else the one that is installed."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named
    # The shell has no windows of its own to draw: pages open in half the time.
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        reason = "no Chromium: install Debian's package chromium, or set CHROMIUM_PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # For this folder only: while it is open, no other test of this process may run a loop.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(READY_ATTEMPTS):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail(f"the server did not become ready:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def cache_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the server that pages come from."""
    return tmp_path_factory.mktemp("server") / "cache"


@pytest.fixture(scope="session")
def server(cache_directory: Path) -> Iterator[str]:
    """The address of a running server that can fetch no weights."""
    with serving(cache_directory) as url:
        yield url


@pytest.fixture(scope="session")
def server_on() -> Callable[[Path], AbstractContextManager[str]]:
    """Starts another server, for tests that must find nothing of others in its cache."""
    return serving


@contextmanager
def serving(cache_directory: Path) -> Iterator[str]:
    log = cache_directory.parent / "log"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("CONVSCOPE_")},
        "CONVSCOPE_CACHE_DIR": str(cache_directory),
        "CONVSCOPE_WEIGHTS_MIRROR": "http://127.0.0.1:9/",  # where nothing answers
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture
def ask(server: str) -> Callable[[str], Any]:
    """Ask the server directly, past the page."""

    def get(path: str) -> Any:
        with urllib.request.urlopen(f"{server}/api/v1{path}", timeout=60) as answer:
            return json.load(answer)

    return get


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    collected = Complaints()
    yield collected
    collected.check()


@pytest.fixture(scope="package")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """Where pages open, one after the other: what they consist of is fetched and compiled once."""
    with browser.new_context(viewport=VIEWPORT) as context:
        yield context


@pytest.fixture
def open_page(
    browser: Browser, profile: BrowserContext, server: str, complaints: Complaints
) -> Iterator[OpenPage]:
    """Open the workspace at a path; `routed` where the test answers in the server's place.

    Nothing of other tests is stored there but files that name their version, and answers that the
    server is asked about each time. Keywords go to the browser context, which is another then.
    """
    contexts: list[BrowserContext] = []

    def note_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.note(f"{message.text} ({message.location.get('url', '')})")

    def note_request(url: str) -> None:
        if not url.startswith((server, "blob:", "data:")):
            complaints.note(f"the page asked another server: {url}")

    def context_for(*, alone: bool, **options: Any) -> BrowserContext:
        # The page that is open already may have stored something.
        if not (alone or options or profile.pages):
            return profile
        contexts.append(browser.new_context(viewport=VIEWPORT, **options))
        return contexts[-1]

    def open_at(
        path: str = "/",
        *,
        before: str | None = None,
        routed: bool = False,
        viewport: ViewportSize | None = None,
        **options: Any,
    ) -> Page:
        page = context_for(alone=routed, **options).new_page()
        page.set_default_timeout(BUSY_MS)
        if viewport is not None:
            page.set_viewport_size(viewport)
        if before is not None:
            page.add_init_script(before)
        if routed:
            # A page that is open learns a moment late that its requests are routed, and the first
            # goes past the route: so they are from the start.
            page.route("**/nobody-asks-for-this", lambda route: route.abort())
        else:
            page.route = page.context.route = refuse_to_route  # type: ignore[method-assign]
        page.on("console", note_console)
        page.on("pageerror", lambda error: complaints.note(f"uncaught: {error}"))
        page.on("request", lambda request: note_request(request.url))
        # Listening from the start: Playwright takes hold of file dialogs a moment after a
        # listener is there, too late for a key that opens one at once.
        page.on("filechooser", lambda _: None)
        page.goto(server + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    if profile.pages:
        forget_what_is_stored(profile, server)


def refuse_to_route(*_: Any, **__: Any) -> NoReturn:
    """Stands where a page would let itself be routed although nothing was routed at its start."""
    pytest.fail("a page whose requests are routed is opened with `routed=True`")


def forget_what_is_stored(profile: BrowserContext, origin: str) -> None:
    """Close the pages of a profile, and what they stored; cached files stay."""
    wiping = profile.new_cdp_session(profile.pages[0])
    for page in profile.pages[1:]:
        page.close()
    wiping.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    profile.pages[0].close()


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "static" / "examples"


@pytest.fixture
def transfer() -> Callable[[Page, Path], Any]:
    """A handle of a DataTransfer that holds a file, as a drop or a paste carries one."""

    def make(page: Page, path: Path) -> Any:
        content = base64.b64encode(path.read_bytes()).decode()
        return page.evaluate_handle(
            """([name, content]) => {
                const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], name, { type: "image/png" }));
                return data;
            }""",
            [path.name, content],
        )

    return make
