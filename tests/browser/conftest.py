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
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from opening import BUSY_MS, SCREEN, Complaints, Opener, OpenPage
from own_network import design
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).parents[2]
# One attempt waits a tenth of a second: a machine that is busy with other suites gets a minute.
READY_ATTEMPTS = 600
expect.set_options(timeout=BUSY_MS)
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
    # With a small network: it computes with it as it starts.
    return partial(serving, CONVSCOPE_DEFAULT_MODEL="lenet5.mnist5k")


@pytest.fixture(scope="session")
def server_process() -> Callable[..., AbstractContextManager[subprocess.Popen[bytes]]]:
    """Starts a server at a port of one's choice, to be killed and started again."""
    return partial(process_of, CONVSCOPE_DEFAULT_MODEL="lenet5.mnist5k")


@contextmanager
def serving(cache_directory: Path, **settings: str) -> Iterator[str]:
    port = free_port()
    with process_of(cache_directory, port, **settings):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def process_of(
    cache_directory: Path, port: int, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    log = cache_directory.parent / "log"
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("CONVSCOPE_")},
        "CONVSCOPE_CACHE_DIR": str(cache_directory),
        "CONVSCOPE_WEIGHTS_MIRROR": "http://127.0.0.1:9/",  # where nothing answers
        **settings,
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
            yield process
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
    with browser.new_context(**SCREEN) as context:
        yield context


@pytest.fixture
def after_pages() -> Iterator[ExitStack]:
    """What is to be done once the pages of the test are closed, which ask for things until then."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def open_page(
    browser: Browser,
    profile: BrowserContext,
    server: str,
    complaints: Complaints,
    after_pages: ExitStack,
) -> Iterator[OpenPage]:
    opener = Opener(browser, profile, server, complaints)
    yield opener.open
    opener.close()


@pytest.fixture
def open_with_scroll_bars(
    browser: Browser, server: str, complaints: Complaints
) -> Iterator[OpenPage]:
    """Like `open_page`, in a browser whose scroll bars take room, as they do on many desktops."""
    with (
        browser.browser_type.launch(
            executable_path=find_chromium(), args=FLAGS, ignore_default_args=["--hide-scrollbars"]
        ) as other,
        other.new_context(**SCREEN) as context,
    ):
        opener = Opener(other, context, server, complaints)
        yield opener.open
        opener.close()


@pytest.fixture
def pages_of(
    browser: Browser, profile: BrowserContext, complaints: Complaints
) -> Callable[[str], AbstractContextManager[Opener]]:
    """Opens pages of another server, which are watched as all are and close at the end."""
    return lambda url: closing(Opener(browser, profile, url, complaints))


@pytest.fixture(scope="session")
def squeezenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of three megabytes that only one design has."""
    path = tmp_path_factory.mktemp("weights") / "Berries v2.pt"
    torch.save(design("squeezenet1_1", 5, num_classes=3).state_dict(), path)
    return path


@pytest.fixture
def forget(server: str, after_pages: ExitStack) -> Callable[[str], None]:
    """Networks that a test opens are gone after it."""

    def delete(model_id: str) -> None:
        request = urllib.request.Request(f"{server}/api/v1/models/{model_id}", method="DELETE")
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            error.close()  # the test itself forgot it

    return lambda model_id: after_pages.callback(delete, model_id)


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
