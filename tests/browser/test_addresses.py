"""The pages where they are not at the root: behind a proxy's path, and in a frame of a notebook."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from opening import SCREEN
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-twenty-four-x"
PREFIX = "/proxy/8000"
_PASSED_ON = {"content-type", "content-encoding", "cache-control", "location", "set-cookie", "etag"}
MODEL = "lenet5.mnist5k"

Listen = Callable[[type[BaseHTTPRequestHandler]], ThreadingHTTPServer]


class Forwarding(BaseHTTPRequestHandler):
    """Passes what is asked under its prefix on to the server, as jupyter-server-proxy does."""

    protocol_version = "HTTP/1.1"
    target = ""

    def forward(self) -> None:
        if not self.path.startswith(f"{PREFIX}/"):
            self.server.strayed.append(self.path)  # type: ignore[attr-defined]
            self.send_error(404)
            return
        length = int(self.headers.get("Content-Length", 0))
        answer = httpx2.request(
            self.command,
            self.target + self.path.removeprefix(PREFIX),
            headers=[
                (name, value)
                for name, value in self.headers.items()
                if name.lower() not in {"connection", "accept-encoding"}
            ],
            content=self.rfile.read(length),
            timeout=60,
        )
        self.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name in _PASSED_ON - {"content-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_DELETE = forward  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class Framing(BaseHTTPRequestHandler):
    """A notebook's page: on another site than the server, with a frame."""

    source = ""

    def do_GET(self) -> None:
        page = f'<!doctype html><iframe src="{self.source}" width="1200" height="700"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.strayed = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def session(
    server_on: Callable[..., AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server with a token, as `convscope.show` starts it."""
    settings = {
        "CONVSCOPE_TOKEN": TOKEN,
        "CONVSCOPE_SESSION_ADDRESSES": "true",
        "CONVSCOPE_ALLOWED_HOSTS": "*",
    }
    with server_on(tmp_path_factory.mktemp("session") / "cache", **settings) as url:
        yield url


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Opens servers, which stay until the page is closed: it may still ask when its test ends."""
    with ExitStack() as servers:
        yield lambda handler: servers.enter_context(listening(handler))


@pytest.fixture
def page(browser: Browser, listen: Listen) -> Iterator[Page]:
    context = browser.new_context(**SCREEN)
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    context.close()
    assert complaints == []


def draw(scene: object) -> None:
    """Choose an example, and see that the network answers and is drawn."""
    scene.locator("#examples button").first.click()  # type: ignore[attr-defined]
    expect(scene.locator("#scores")).to_contain_text("%")  # type: ignore[attr-defined]
    expect(scene.locator("#network canvas").first).to_be_visible()  # type: ignore[attr-defined]


@pytest.mark.parametrize("root", ["/", f"/session/{TOKEN}/"])
def test_every_page_holds_behind_the_path_of_a_proxy(
    root: str, session: str, page: Page, listen: Listen
) -> None:
    handler = type("Here", (Forwarding,), {"target": session})
    proxy = listen(handler)
    origin = f"http://127.0.0.1:{proxy.server_address[1]}"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    query = f"?token={TOKEN}" if root == "/" else ""
    page.goto(f"{origin}{PREFIX}{root}{query}")
    assert page.url.partition("?")[0] == f"{origin}{PREFIX}{root}"
    draw(page)
    assert urlsplit(page.url).path == f"{PREFIX}{root}"
    for name in ("Train", "Compare", "Fields", "API"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("header .brand")).to_be_visible()
        assert urlsplit(page.url).path.startswith(f"{PREFIX}{root}")
        expect(page.locator("main")).not_to_be_empty()
    expect(page.locator("#base-address")).to_have_text(f"{origin}{PREFIX}{root}api/v1")
    expect(page.locator("#operations")).to_contain_text("/api/v1/models")
    page.locator("header .brand").click()
    expect(page.locator("#network-heading")).to_be_visible()
    assert urlsplit(page.url).path == f"{PREFIX}{root}"
    outside = [url for url in asked if not url.startswith((f"{origin}{PREFIX}{root}", "blob:"))]
    assert [url for url in outside if not url.startswith(f"{origin}{PREFIX}/?token=")] == []
    assert proxy.strayed == []  # type: ignore[attr-defined]


def test_a_page_of_another_site_frames_a_session(session: str, page: Page, listen: Listen) -> None:
    source = f"{session}/session/{TOKEN}/?model={MODEL}"
    notebook = listen(type("Here", (Framing,), {"source": source}))
    # Another site than 127.0.0.1, so that no cookie would come along.
    page.goto(f"http://localhost:{notebook.server_address[1]}/")
    frame = page.frame_locator("iframe")
    draw(frame)
    frame.get_by_role("link", name="Fields", exact=True).click()
    expect(frame.locator("#plot")).not_to_be_empty()


def test_nobody_frames_a_page_that_is_no_sessions(session: str, browser: Browser) -> None:
    handler = type("Here", (Framing,), {"source": f"{session}/?token={TOKEN}"})
    with listening(handler) as notebook:
        page = browser.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        with page.expect_event("console", lambda message: "frame" in message.text.lower()):
            page.goto(f"http://localhost:{notebook.server_address[1]}/")
        assert any(
            re.search("frame-ancestors|refused|violates", text, re.IGNORECASE) for text in refused
        )
        page.close()


def test_no_page_and_no_script_names_the_root() -> None:
    """What is written as `/api` or `/static` would leave a proxy's path."""
    absolute = re.compile(r"""(?:href|src|action)=["']/|["'`]/(?:api/v1|static)/""")
    folders = (ROOT / "templates", ROOT / "static" / "js")
    files = [path for folder in folders for path in folder.rglob("*.*")]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files
        if path.suffix in {".html", ".js"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if absolute.search(line) and not line.lstrip().startswith(("*", "//", "/*"))
    ]
    assert found == []
