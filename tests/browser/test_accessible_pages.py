"""axe finds nothing on the pages beside the workspace: in both themes, wide and narrow."""

from typing import Any

import pytest
from accessible import assert_accessible
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = ["/docs#get_attribution", "/nothere", "/fields", "/learn"]
SCREENS = [(1280, 800), (390, 844)]


def wait_until_whole(page: Page, path: str) -> None:
    expect(page.locator("#masthead-tools button")).to_have_count(2)
    if path.startswith("/docs"):
        expect(page.locator("#get_attribution form")).to_be_visible()
    if path == "/fields":
        expect(page.locator("#table table")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible(
    open_page: OpenPage, complaints: Complaints, path: str, scheme: Any
) -> None:
    complaints.expect("status of 404")
    page = open_page(path, color_scheme=scheme)
    wait_until_whole(page, path)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert_accessible(page, f"{width}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert_accessible(page, "keys")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sent_request_is_accessible(open_page: OpenPage, scheme: Any) -> None:
    page = open_page("/docs#get_predictions", color_scheme=scheme)
    section = page.locator("#get_predictions")
    section.get_by_label("Python", exact=True).check()
    section.get_by_role("button", name="Send").click()
    expect(section.locator(".docs-reply .docs-status")).to_have_text("200 OK")
    section.locator(".docs-problem > summary").first.click()
    assert_accessible(page, "sent")
    page.get_by_role("searchbox").fill("heatmap")
    assert_accessible(page, "searched")
