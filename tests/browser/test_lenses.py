"""One way to look at the layer at a time, in the address and under the keys."""

from opening import Complaints, OpenPage
from playwright.sync_api import expect

LAYER = "/?layer=bn2.act&channel=3&row=2&column=4&tab=layer"


def test_lens_is_in_the_address_and_comes_back(open_page: OpenPage) -> None:
    page = open_page(LAYER)
    expect(page.get_by_role("tab", name="Maps")).to_have_attribute("aria-selected", "true")
    for name, lens in (("How", "number"), ("Filters", "filters"), ("Why", "why")):
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.locator(f"#lens-{lens}")).to_be_visible()
        expect(page.locator(".lens:visible")).to_have_count(1)
        assert f"lens={lens}" in page.url
    page.go_back()
    expect(page.locator("#lens-filters")).to_be_visible()
    page.reload()
    expect(page.locator("#lens-filters")).to_be_visible()


def test_keys_choose_lenses_and_the_maps_come_back_as_they_were(open_page: OpenPage) -> None:
    page = open_page(LAYER)
    canvas = page.locator("#lens-maps canvas").first
    expect(canvas).to_be_visible()
    page.keyboard.press("4")
    expect(page.locator("#lens-why")).to_be_visible()
    page.get_by_role("tab", name="Why").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lens-what-if")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(canvas).to_be_visible()
    # The arrow moved along the tabs, not the unit over its map.
    assert "row=2&column=4" in page.url


def test_lens_that_cannot_be_fetched_says_so(open_page: OpenPage, complaints: Complaints) -> None:
    page = open_page(LAYER, routed=True)
    expect(page.locator("#lens-maps canvas").first).to_be_visible()
    complaints.expect("Failed to load resource: net::ERR_FAILED")
    page.route("**/attribution/lens.js", lambda route: route.abort())
    page.keyboard.press("4")
    expect(page.locator("#lens-why")).to_contain_text("This lens could not be fetched")
    page.unroute("**/attribution/lens.js")
    page.get_by_role("button", name="Load the page again").click()
    expect(page.locator("#lens-why .why-card").first).to_be_visible()


def test_an_address_that_names_a_lens_shows_it_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(
        "/?lens=filters&layer=bn2.act&channel=3", viewport={"width": 390, "height": 844}
    )
    expect(page.locator("#lens-filters")).to_be_visible()
    page.get_by_role("button", name="Scores", exact=True).click()
    expect(page.locator("#lens-filters")).to_be_hidden()
    page.reload()
    expect(page.locator("#scores table")).to_be_visible()
    expect(page.locator("#lens-filters")).to_be_hidden()
