"""What docs/guide/program.md has people run does run, and prints what stands there."""

import contextlib
import io
import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from guides import DIRECTORY, HOST, ROOT, blocks, differences
from live_server import live_server

from app.main import create_app
from app.settings import Settings
from models.catalogue.catalogue import DEFAULT_MODEL

PROGRAM = DIRECTORY / "program.md"


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with live_server(create_app(settings.model_copy(update={"default_model": DEFAULT_MODEL}))) as u:
        yield u


def test_python_of_the_guide_prints_what_stands_beneath(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    written = blocks(PROGRAM)
    names: dict[str, Any] = {}
    wrong, ran = [], 0
    with contextlib.ExitStack() as after:
        for (language, code), (_, shown) in itertools.pairwise(written):
            if language != "python":
                continue
            with contextlib.redirect_stdout(io.StringIO()) as told:
                exec(code.replace(HOST, url), names)
            if not ran:
                after.callback(names["api"].close)
            ran += 1
            wrong += differences(shown, told.getvalue())
    assert ran == 6
    assert wrong == []


def test_curl_of_the_guide_is_answered_as_it_shows(url: str) -> None:
    curl = shutil.which("curl")
    assert curl, "no curl"
    written = blocks(PROGRAM)
    command = next(code for language, code in written if language == "sh")
    shown = json.loads(next(code for language, code in written if language == "json"))
    del shown["..."]
    ran = subprocess.run(
        ["/bin/sh", "-c", command.replace(HOST, url)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(ran.stdout)
    for name in ("model", "class_count"):
        assert told[name] == shown[name]
    assert told["entropy_bits"] == pytest.approx(shown["entropy_bits"], abs=6e-5)
    assert len(told["classes"]) == len(shown["classes"]) == 1
    for name, value in shown["classes"][0].items():
        expected = value if isinstance(value, str) else pytest.approx(value, abs=6e-5)
        assert told["classes"][0][name] == expected
