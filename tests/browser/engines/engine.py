"""One way to drive three browsers: Chromium, Firefox and WebKit, each by its own protocol.

A test says what a person does, in a handful of verbs; what each engine needs for that stands here.
"""

import base64
import gc
import io
import os
import shutil
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import ImageGrab

# A machine that is busy with other suites gets a minute.
PATIENCE_S = 60.0
POLL_S = 0.05
WIDTH, HEIGHT = 1280, 900
TAB = "\ue004"  # as WebDriver calls it

# The first that is seen of those that match, and whose text has the words.
_FIND = """
const [selector, words] = arguments;
for (const found of document.querySelectorAll(selector)) {
  const text = (found.getAttribute("aria-label") ?? "") + " " + found.textContent;
  const box = found.getBoundingClientRect();
  if (!text.includes(words) || box.width === 0 || found.disabled) continue;
  found.scrollIntoView({ block: "center", inline: "nearest" });
  return found;
}
return null;
"""
# What WebKit tells nobody outside is noted by the page itself, once it is the new one.
_LISTEN = """
if (location.pathname !== new URL(arguments[0]).pathname) return false;
if (window.complaints) return true;
window.complaints = [];
const note = (said) => window.complaints.push(String(said));
window.addEventListener("error", (event) => note(event.message));
window.addEventListener("unhandledrejection", (event) => note(event.reason));
document.addEventListener("securitypolicyviolation", (event) => note(event.blockedURI));
for (const kind of ["error", "warn"]) {
  const tell = console[kind].bind(console);
  console[kind] = (...said) => (note(said.join(" ")), tell(...said));
}
return true;
"""
_CHROME_COMPLAINTS = """
return Services.console.getMessageArray()
  .filter((each) => each instanceof Ci.nsIScriptError)
  .filter(({ category }) => /^(content javascript|CSP)/.test(category))
  .map((each) => `${each.errorMessage} (${each.sourceName}:${each.lineNumber})`);
"""
# A window takes its size a moment after it is told; what is clicked would move then.
_IS_WIDE = "return window.innerWidth === arguments[0]"
_BOX = """
const box = arguments[0].getBoundingClientRect();
return [box.left, box.top, box.width, box.height];
"""


class Engine(ABC):
    """A browser with one page, and how often a person clicked in it."""

    name: str

    def __init__(self) -> None:
        self.clicks = 0

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address."""

    @abstractmethod
    def run(self, script: str, *given: Any) -> Any:
        """What the body of a function returns; it reads `arguments`."""

    @abstractmethod
    def _press(self, x: float, y: float, along: Sequence[tuple[float, float]]) -> None:
        """Press at a place of the window, move along others, and let go."""

    @abstractmethod
    def type_keys(self, keys: str) -> None:
        """Press keys one after the other where the focus is."""

    @abstractmethod
    def back(self) -> None:
        """To the page before, as the browser's button does."""

    @abstractmethod
    def choose_file(self, selector: str, path: Path) -> None:
        """Give a file to a field for files, as its dialog would."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """What the page's scripts failed at since it was opened, as far as the engine tells."""

    @abstractmethod
    def picture(self) -> bytes:
        """What stands on the screen, as PNG."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    def until(self, script: str, *given: Any) -> Any:
        """The first answer of a script that is something, asked again for a minute at most."""
        for _ in range(int(PATIENCE_S / POLL_S)):
            if found := self.run(script, *given):
                return found
            time.sleep(POLL_S)
        said = self.run("return document.body.innerText")
        raise AssertionError(
            f"{self.name}: never {script!r} {given}; the page says:\n{said[:3000]}"
        )

    def box(self, selector: str, words: str = "") -> tuple[float, float, float, float]:
        """Left, top, width and height of what is seen and has these words."""
        self.until(_FIND, selector, words)
        script = f"const found = (function () {{ {_FIND} }})(...arguments);"
        left, top, width, height = self.run(
            f"{script} {_BOX.replace('arguments[0]', 'found')}", selector, words
        )
        return left, top, width, height

    def click(self, selector: str, words: str = "", at: tuple[float, float] = (0.5, 0.5)) -> None:
        """Click on what is seen and has these words.

        Args:
            selector: of the element.
            words: in its text or its name.
            at: where in it, as shares of its width and height.
        """
        left, top, width, height = self.box(selector, words)
        self._press(left + at[0] * width, top + at[1] * height, ())
        self.clicks += 1

    def drag(self, selector: str, along: Sequence[tuple[float, float]]) -> None:
        """Draw a line in an element, through places given as shares of its width and height."""
        left, top, width, height = self.box(selector)
        first, *rest = [(left + x * width, top + y * height) for x, y in along]
        self._press(*first, rest)

    def text(self, selector: str) -> str:
        """What an element says, once it says something."""
        return str(self.until("return document.querySelector(arguments[0])?.innerText", selector))


class Chromium(Engine):
    """Debian's, by Playwright."""

    name = "chromium"

    def __init__(self, browser: Any) -> None:
        super().__init__()
        self._context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        self._page = self._context.new_page()
        self._complaints: list[str] = []
        self._page.on("console", self._note)
        self._page.on("pageerror", lambda error: self._complaints.append(str(error)))

    def _note(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(message.text)

    def complaints(self) -> list[str]:
        return self._complaints

    def open(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str, *given: Any) -> Any:
        return self._page.evaluate(f"(given) => (function () {{ {script} }})(...given)", given)

    def _press(self, x: float, y: float, along: Sequence[tuple[float, float]]) -> None:
        mouse = self._page.mouse
        mouse.move(x, y)
        mouse.down()
        for place in along:
            mouse.move(*place)
        mouse.up()

    def type_keys(self, keys: str) -> None:
        for key in keys:
            self._page.keyboard.press("Tab" if key == TAB else key)

    def back(self) -> None:
        self._page.go_back()

    def choose_file(self, selector: str, path: Path) -> None:
        self._page.locator(selector).set_input_files(path)

    def picture(self) -> bytes:
        return bytes(self._page.screenshot())

    def close(self) -> None:
        self._context.close()


class Firefox(Engine):
    """Debian's ESR, by Marionette, which needs no driver beside it."""

    name = "firefox"

    def __init__(self, path: str) -> None:
        super().__init__()
        from marionette_driver.marionette import Marionette

        self._browser = Marionette(
            bin=path,
            port=_free_port(),  # two at a time would share the usual one
            headless=True,
            app_args=["-remote-allow-system-access"],  # its console is read
            gecko_log=os.devnull,
        )
        self._browser.start_session()
        self._browser.set_window_rect(width=WIDTH, height=HEIGHT + 90)
        self.until(_IS_WIDE, WIDTH)

    def complaints(self) -> list[str]:
        with self._browser.using_context("chrome"):
            return list(self._browser.execute_script(_CHROME_COMPLAINTS))

    def open(self, url: str) -> None:
        self._browser.navigate(url)

    def run(self, script: str, *given: Any) -> Any:
        return self._browser.execute_script(script, script_args=list(given), new_sandbox=False)

    def _press(self, x: float, y: float, along: Sequence[tuple[float, float]]) -> None:
        from marionette_driver.marionette import ActionSequence

        steps = ActionSequence(self._browser, "pointer", "mouse", {"pointerType": "mouse"})
        steps.pointer_move(round(x), round(y)).pointer_down()
        for place_x, place_y in along:
            steps.pointer_move(round(place_x), round(place_y), duration=20)
        steps.pointer_up().perform()

    def type_keys(self, keys: str) -> None:
        from marionette_driver.marionette import ActionSequence

        ActionSequence(self._browser, "key", "keyboard").send_keys(keys).perform()

    def back(self) -> None:
        self._browser.go_back()

    def choose_file(self, selector: str, path: Path) -> None:
        self._browser.find_element("css selector", selector).send_keys(str(path))

    def picture(self) -> bytes:
        return base64.b64decode(self._browser.screenshot(full=False))

    def close(self) -> None:
        self._browser.quit()
        self._browser.cleanup()
        del self._browser
        gc.collect()  # its sockets here, not in somebody else's test


class WebKit(Engine):
    """WebKitGTK's small browser, by WebDriver."""

    name = "webkit"

    def __init__(self, driver: str, browser: str, screen: str) -> None:
        super().__init__()
        from selenium import webdriver
        from selenium.webdriver.webkitgtk.options import Options
        from selenium.webdriver.webkitgtk.service import Service

        self._screen = screen
        options = Options()
        options.binary_location = browser
        options.add_argument("--automation")
        # A container lets no sandbox be made within it, and has no graphics card.
        environment = {
            **os.environ,
            "DISPLAY": screen,
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self._browser = webdriver.WebKitGTK(
            options=options, service=Service(driver, env=environment)
        )
        self._browser.set_window_rect(0, 0, WIDTH, HEIGHT + 40)
        self.until(_IS_WIDE, WIDTH)

    def open(self, url: str) -> None:
        self._browser.get(url)
        self.until(_LISTEN, url)

    def complaints(self) -> list[str]:
        return list(self.run("return window.complaints"))

    def run(self, script: str, *given: Any) -> Any:
        return self._browser.execute_script(script, *given)

    def _press(self, x: float, y: float, along: Sequence[tuple[float, float]]) -> None:
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        builder = ActionBuilder(self._browser, duration=20)
        builder.pointer_action.move_to_location(round(x), round(y)).pointer_down()
        for place_x, place_y in along:
            builder.pointer_action.move_to_location(round(place_x), round(place_y))
        builder.pointer_action.pointer_up()
        builder.perform()

    def type_keys(self, keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self._browser).send_keys(keys).perform()

    def back(self) -> None:
        self._browser.back()

    def choose_file(self, selector: str, path: Path) -> None:
        self._browser.find_element("css selector", selector).send_keys(str(path))

    def picture(self) -> bytes:
        # Its driver's own pictures never come while a page is busy.
        taken = io.BytesIO()
        ImageGrab.grab(xdisplay=self._screen).save(taken, "PNG")
        return taken.getvalue()

    def close(self) -> None:
        self._browser.quit()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mini_browser() -> str | None:
    """Where Debian keeps the small browser that WebKitWebDriver drives."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return str(found[-1]) if found else None


def firefox() -> str | None:
    """The Firefox that is installed."""
    return next((path for path in map(shutil.which, ("firefox-esr", "firefox")) if path), None)
