"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, context: str | None = None) -> list[str]:
    """Each rule that is broken, with the first three elements that break it, and why.

    Args:
        context: the part that is looked at, as a selector; None: the whole page.
    """
    found = Axe().run(page, context=context)
    return [
        f"{each['id']}: {node['html'][:200]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found.response["violations"]
        for node in each["nodes"][:3]
    ]


def assert_accessible(page: Page, state: str = "", context: str | None = None) -> None:
    """Nobody is shut out; `state` tells where in a test it was."""
    assert violations(page, context) == [], state
