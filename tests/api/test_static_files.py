"""Static files: versioned addresses that never go stale, style sheets in one, modules named."""

import os
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web.static_files import StaticTree, VersionedFiles

SOURCES = {
    "js/main.js": 'import { a } from "./inner/a.js";\nimport {\n  b,\n} from "./b.js";\n'
    'const later = () => import("./later.js");\n/** @type {import("./types.js").T} */\n',
    "js/inner/a.js": 'import { b } from "../b.js";\nexport const a = b;\n',
    "js/b.js": 'export { c } from "./c.js";\nexport const b = "./nothing.js";\n',
    "js/c.js": "export const c = 1;\n",
    "js/later.js": "export const later = 2;\n",
    "css/one.css": "one {}",
    "css/parts/two.css": "two {}",
}


@pytest.fixture
def tree(tmp_path: Path) -> StaticTree:
    for name, text in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = StaticTree(tmp_path)
    found.refresh()
    return found


@pytest.fixture
def client(tree: StaticTree) -> TestClient:
    application = Starlette()
    application.mount("/", VersionedFiles(tree))
    return TestClient(application)


@pytest.fixture(scope="module")
def pages(settings: Settings) -> TestClient:
    # Never started: pages and their files need no network.
    return TestClient(create_app(settings), base_url="http://127.0.0.1")


def test_modules_come_before_those_that_import_them(tree: StaticTree) -> None:
    assert tree.modules("js/main.js") == ("js/c.js", "js/b.js", "js/inner/a.js", "js/main.js")


def test_versioned_file_is_kept_and_gone_with_its_version(
    tree: StaticTree, client: TestClient
) -> None:
    before = tree.version
    answer = client.get(f"/{before}/js/c.js")
    assert answer.text == SOURCES["js/c.js"]
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    path = tree.root / "js/c.js"
    path.write_text("export const c = 2;\n")
    os.utime(path, ns=(1, 1))
    # Changed, though nobody has looked for that since: its old address would keep the new text.
    assert client.get(f"/{before}/js/c.js").status_code == 404
    assert client.get(f"/{before}/js/b.js").status_code == 200
    tree.refresh()
    assert tree.version != before
    assert client.get(f"/{before}/js/b.js").status_code == 404
    assert client.get(f"/{tree.version}/js/c.js").text == "export const c = 2;\n"
    path.write_text(SOURCES["js/c.js"])
    tree.refresh()
    assert tree.version == before


def test_plain_address_is_asked_for_again(client: TestClient) -> None:
    answer = client.get("/js/c.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get("/js/c.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_style_sheets_come_in_one(tree: StaticTree, client: TestClient) -> None:
    answer = client.get(f"/{tree.version}/css/one+parts/two.css")
    assert answer.text == "one {}\ntwo {}"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "css/one+nothing.css",
            "css/one+../js/b.css",
            "css/+.css",
            "css/one+one.css",
            "js/b+c.js",
            "nothing.js",
        ),
        *("css/one+parts/two", "../secret.css"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "{version}/", "0123456789ab/"])
def test_what_is_not_there_is_not_found(
    path: str, prefix: str, tree: StaticTree, client: TestClient
) -> None:
    (tree.root / "js/b.css").write_text("secret")
    assert client.get(f"/{prefix.format(version=tree.version)}{path}").status_code == 404


@pytest.mark.parametrize("page", ["", "train", "compare", "fields", "docs"])
def test_pages_name_files_that_are_there(page: str, pages: TestClient) -> None:
    text = pages.get(f"/{page}").text
    addresses = re.findall(r'"(static/[^"]+)"', text)
    assert len(addresses) > 10
    for address in addresses:
        answer = pages.get(f"/{address}")
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]
        if len(answer.content) >= 1_000:
            assert answer.headers["Content-Encoding"] == "gzip"
