"""The three engines, each opened once for all of these tests."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from engines.engine import Chromium, Engine, Firefox, WebKit, firefox, mini_browser
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A screen to draw on for the engine that draws on no other, where there is none."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb: install Debian's package xvfb")
    reading, writing = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A browser that nobody has used: skipped where it is not installed."""
    opened = _open(request)
    try:
        yield opened
        assert opened.complaints() == []
    finally:
        opened.close()


def _open(request: pytest.FixtureRequest) -> Engine:
    if request.param == "chromium":
        browser: Browser = request.getfixturevalue("browser")
        return Chromium(browser)
    if request.param == "firefox":
        if (path := firefox()) is None:
            pytest.skip("no Firefox: install Debian's package firefox-esr")
        return Firefox(path)
    driver, browser_path = shutil.which("WebKitWebDriver"), mini_browser()
    if driver is None or browser_path is None:
        pytest.skip("no WebKit: install Debian's package webkit2gtk-driver")
    return WebKit(driver, browser_path, request.getfixturevalue("screen"))
