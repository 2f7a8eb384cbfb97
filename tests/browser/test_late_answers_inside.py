"""What failed, or came late, leaves nothing of the former layer, filter or unit there."""

import re

from answering import fail, hold, let_go, wait_for_held
from compare_page import map_of
from maps_page import parameter, read_tiles, wait_for_maps
from number_page import wait_for_unit
from opening import Complaints, OpenPage
from playwright.sync_api import expect
from reading import wait_for_scores


def test_curve_along_a_slider_leaves_as_another_slider_moves(open_page: OpenPage) -> None:
    page = open_page("/?lens=what-if&tab=layer")
    page.get_by_label("Along which slider").select_option("brightness")
    page.get_by_role("button", name="Plot the scores along").click()
    plot = page.locator(".sweep-plot")
    expect(plot).to_be_visible()
    page.get_by_label("Light", exact=True).fill("0.5")
    expect(page).to_have_url(re.compile("brightness"))
    expect(plot).to_be_visible()
    page.get_by_label("Turn", exact=True).fill("20")
    expect(plot).to_be_hidden()


def test_statistics_of_the_next_picture_do_not_order_the_maps_of_this_one(
    open_page: OpenPage,
) -> None:
    page = open_page(
        "/?layer=bn2.act&sort=contribution&class=282&image=example-chelsea", routed=True
    )
    canvas = wait_for_maps(page, "bn2.act", image="example-chelsea")
    expect(canvas).not_to_have_attribute("data-channels", re.compile("^0,1,2,"))
    before = read_tiles(canvas).channels
    held = hold(page, r"/activations\?(?=.*example-coffee)(?=.*format=u8)")
    with page.expect_response(
        re.compile(r"/activations\?(?=.*example-coffee)(?=.*format=json)")
    ) as answer:
        page.keyboard.press("e")
    answer.value.finished()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert read_tiles(canvas).channels == before
    let_go(page, held)
    wait_for_maps(page, "bn2.act", image="example-coffee")
    assert read_tiles(canvas).channels != before


def test_strongest_unit_fetches_nobody_back(open_page: OpenPage) -> None:
    page = open_page("/?lens=number&tab=layer&layer=bn2.act&channel=3&row=3&column=3", routed=True)
    wait_for_scores(page)
    find = page.get_by_role("button", name="Strongest unit", exact=True)
    held = wait_for_held(page, r"/layers/bn2.act/units\?", find.click)
    page.keyboard.press("[")
    gone_to = parameter(page, "layer")
    assert gone_to != "bn2.act"
    let_go(page, held)
    assert parameter(page, "layer") == gone_to


def test_match_of_a_former_filter_leaves_when_the_next_fails(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("422")
    page = open_page("/?lens=filters&tab=layer&layer=conv_stem&channel=3", routed=True)
    numbers = page.locator(".match-numbers")
    expect(numbers).to_contain_text("cosine")
    fail(page, "/match[?]")
    page.keyboard.press("e")
    expect(page.locator("[aria-label=Match]")).to_contain_text("No scores of this.")
    expect(numbers).to_be_hidden()
    expect(page.locator(".match-maps")).to_be_hidden()


def test_filter_stands_under_no_other_number(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("422")
    page = open_page("/?lens=filters&tab=layer&layer=conv_stem&channel=3", routed=True)
    chosen = page.locator("[aria-label='The chosen filter']")
    expect(chosen).to_be_visible()
    expect(page.locator(".filter-reading").first).to_contain_text("Point at the filter")
    fail(page, r"/filters[?].*channels=4&|/filters[?].*channels=4$")
    page.locator(".filter-grid .map-port").press("ArrowRight")
    expect(page.locator("[aria-label=Filter]")).to_contain_text("No scores of this.")
    expect(chosen).to_have_css("visibility", "hidden")


def test_map_of_a_former_layer_leaves_when_the_next_fails(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("422")
    page = open_page("/compare", routed=True)
    drawn = map_of(page, "left")
    expect(drawn).to_be_visible()
    fail(page, "/layers/blocks.0.0.conv_dw/activations")
    layers = page.get_by_label("Layer on the left")
    layers.select_option("blocks.0.0.conv_dw")
    expect(page.locator("#left")).to_contain_text("No scores of this.")
    expect(drawn).to_be_hidden()
    layers.select_option("blocks.0.0.conv_pw")
    expect(drawn).to_be_visible()
    expect(page.locator("#left [role=alert]")).to_be_hidden()


def test_press_on_the_way_down_holds_while_its_numbers_come(open_page: OpenPage) -> None:
    """The numbers of the way are asked for after a reload, that of a unit when it is opened."""
    way = open_page("/fields", routed=True)
    way.goto(
        way.url.replace("/fields", "/?image=example-chelsea&layer=classifier&channel=282")
        + "&lens=number&tab=layer"
    )
    wait_for_unit(way)
    way.get_by_role("button", name="Follow the largest").click()
    wait_for_unit(way, layer="input")
    held = hold(way, "/units/.*terms=8", times=1)
    way.reload()
    steps = way.get_by_role("navigation", name="The way down to this number")
    fold = steps.get_by_role("button", name="between")
    with way.expect_request(re.compile("/units/.*terms=8")):
        wait_for_unit(way, layer="input")
    expect(steps).not_to_contain_text("9.236")
    fold.hover()
    way.mouse.down()
    let_go(way, held)
    expect(steps).to_contain_text("9.236")
    way.mouse.up()
    expect(fold).to_be_hidden()

    held = hold(way, "/layers/conv_head/units/", times=1)
    steps.get_by_role("button", name=re.compile("^conv_head 112")).click()
    above = steps.get_by_role("button", name=re.compile("^tiger cat"))
    above.hover()
    way.mouse.down()
    let_go(way, held)
    wait_for_unit(way, layer="conv_head")
    way.mouse.up()
    wait_for_unit(way, layer="classifier")


def test_what_says_the_same_is_not_drawn_anew(open_page: OpenPage) -> None:
    """A press on it, and an explanation that is open, outlive what changes besides."""
    page = open_page("/?lens=filters&tab=layer&layer=conv_stem&channel=3")
    norm = page.get_by_role("button", name="L1, L2")
    norm.click()
    expect(norm).to_have_attribute("aria-expanded", "true")
    sigmoid = page.get_by_role("radio", name="sigmoid")
    sigmoid.dispatch_event("click")
    expect(page).to_have_url(re.compile("scale=sigmoid"))
    expect(norm).to_have_attribute("aria-expanded", "true")

    page.goto(page.url.replace("conv_stem", "bn2.act"))
    page.get_by_role("button", name="Open the filters of").hover()
    page.mouse.down()
    page.get_by_role("radio", name="softmax").dispatch_event("click")
    expect(page).not_to_have_url(re.compile("scale=sigmoid"))
    page.mouse.up()
    expect(page).not_to_have_url(re.compile("layer=bn2.act"))


def test_blocks_that_open_leave_the_cells_where_they_are(open_page: OpenPage) -> None:
    page = open_page("/?layer=bn2.act")
    stem = page.locator(".cell[data-key='conv_stem']")
    stem.hover()
    page.mouse.down()
    page.get_by_role("button", name="Open all blocks").dispatch_event("click")
    expect(page.locator(".cell[data-key='blocks.6.0.conv_dw']")).to_be_attached()
    page.mouse.up()
    expect(page).to_have_url(re.compile("layer=conv_stem"))
