"""What somebody typed stays when the answer comes that the page would have proposed from."""

import re
from urllib.parse import urljoin

from answering import hold, let_go
from opening import OpenPage
from playwright.sync_api import Page, Route, expect

LENS = "/?lens=what-if&tab=layer&layer=bn2.act&class=282"


def open_held(open_page: OpenPage, path: str, answer: str) -> tuple[Page, list[Route]]:
    """A page that waits for an answer which it cannot do without."""
    page = open_page("/healthz", routed=True)
    held = hold(page, answer)
    with page.expect_request(re.compile(answer)):
        page.goto(urljoin(page.url, path))
    return page, held


def go_to_lenet(page: Page) -> None:
    """Another network, whose input is 32 px a side, on the same page."""
    page.evaluate(
        """() => {
            history.pushState(null, "", "/?lens=what-if&tab=layer&model=lenet5.mnist5k");
            dispatchEvent(new PopStateEvent("popstate"));
        }"""
    )


def test_patch_that_was_typed_before_the_network_is_known(open_page: OpenPage) -> None:
    page, held = open_held(open_page, LENS, "/api/v1/models$")
    patch, stride = (page.get_by_label(name, exact=True) for name in ("patch", "stride"))
    patch.fill("56")
    let_go(page, held)
    cover = page.get_by_role("button", name="Cover it patch by patch")
    expect(cover).to_be_enabled()
    expect(patch).to_have_value("56")
    # Half of what was typed: a stride beyond the patch would leave pixels out.
    expect(stride).to_have_value("28")
    stride.fill("7")
    patch.fill("14")
    expect(stride).to_have_value("7")


def test_number_proposed_under_the_cursor_is_replaced_by_the_first_key(
    open_page: OpenPage,
) -> None:
    page, held = open_held(open_page, LENS, "/api/v1/models$")
    patch = page.get_by_label("patch", exact=True)
    patch.click()
    let_go(page, held)
    expect(patch).to_have_value("32")
    page.keyboard.type("56")
    expect(patch).to_have_value("56")


def test_patch_and_stride_suit_the_network_where_nothing_was_typed(open_page: OpenPage) -> None:
    page = open_page(LENS)
    patch, stride = (page.get_by_label(name, exact=True) for name in ("patch", "stride"))
    expect(patch).to_have_value("32")
    expect(stride).to_have_value("16")
    go_to_lenet(page)
    # A seventh of 32 pixels, rounded.
    expect(patch).to_have_value("5")
    expect(stride).to_have_value("2")


def test_box_stays_as_long_as_the_input_has_room_for_it(open_page: OpenPage) -> None:
    page = open_page(LENS)
    page.get_by_text("Blank a box of the input").click()
    top, bottom = (page.get_by_label(name, exact=True) for name in ("top", "bottom"))
    expect(bottom).to_have_value("168")
    top.fill("3")
    go_to_lenet(page)
    expect(bottom).to_have_value("24")
    expect(top).to_have_value("3")


def test_channel_that_is_half_typed_while_a_map_comes(open_page: OpenPage) -> None:
    page = open_page("/compare", routed=True)
    expect(page.locator("#left .compare-map")).to_be_visible()
    held = hold(page, "/layers/blocks.0.0.conv_dw/activations")
    with page.expect_request(lambda request: "/layers/blocks.0.0.conv_dw/" in request.url):
        page.get_by_label("Layer on the left").select_option("blocks.0.0.conv_dw")
    channel = page.get_by_label("Channel on the left")
    channel.fill("2")
    let_go(page, held)
    expect(page.locator("#left .compare-map")).to_be_visible()
    channel.press_sequentially("4")
    channel.press("Enter")
    expect(page).to_have_url(re.compile("left_channel=24"))
