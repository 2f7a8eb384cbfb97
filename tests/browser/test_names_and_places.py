"""Names can be told apart, nothing is cut that fits, and keys and tabs are where one looks."""

import pytest
from maps_page import parameter, read_tiles, wait_for_maps
from opening import OpenPage
from playwright.sync_api import Page, ViewportSize, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser

LAYER = "blocks.2.0.conv_dw"
PHONE: ViewportSize = {"width": 390, "height": 844}
DENSENET = "/?model=densenet121.random&folded=-"

# What a person sees of a name: its pieces, each only as far as it reaches into its own box.
SEEN_OF = """
(name) => {
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    const pieces = name.children.length > 0 ? [...name.children] : [name];
    return pieces.map((piece) => {
        const style = getComputedStyle(piece);
        context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const text = piece.textContent;
        const room = piece.clientWidth || piece.getBoundingClientRect().width;
        if (context.measureText(text).width <= room + 1) return text;
        let length = text.length;
        while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > room) {
            length -= 1;
        }
        return `${text.slice(0, length)}…`;
    }).join("");
}
"""
CUT_THOUGH_THEY_FIT = """
() => [...document.querySelectorAll("body *")].flatMap((node) => {
    const style = getComputedStyle(node);
    if (style.textOverflow !== "ellipsis" || !node.checkVisibility()) return [];
    if (node.closest(".score-table, .visually-hidden")) return [];
    if (node.scrollWidth <= node.clientWidth) return [];
    const range = document.createRange();
    range.selectNodeContents(node);
    const { width } = range.getBoundingClientRect();
    return width <= node.clientWidth - 1 ? [`${node.className}: ${node.textContent}`] : [];
})
"""


def test_blocks_that_begin_alike_are_told_apart(open_page: OpenPage) -> None:
    # A layer outside of the blocks: the one that the page opens on would open those around it.
    page = open_page(f"{DENSENET},features&layer=features.conv0")
    names = page.locator('.cell.is-block[data-key^="block features.dense"] .cell-name')
    expect(names).to_have_count(4)
    seen = [name.evaluate(SEEN_OF) for name in names.all()]
    assert [each[-1] for each in seen] == ["1", "2", "3", "4"]
    assert len(set(seen)) == 4
    shapes = page.locator('.cell.is-block[data-key^="block features."] .cell-shape')
    for shape in shapes.all():
        assert shape.evaluate(
            """(shape) => {
                const inside = shape.closest(".cell").getBoundingClientRect();
                return shape.scrollWidth <= shape.clientWidth + 1
                    && shape.getBoundingClientRect().right <= inside.right;
            }"""
        )


def test_what_the_search_takes_is_read_whole(open_page: OpenPage) -> None:
    page = open_page("/")
    search = page.get_by_role("searchbox", name="Search the layers")
    fits = search.evaluate(
        """(input) => {
            const style = getComputedStyle(input);
            const context = new OffscreenCanvas(1, 1).getContext("2d");
            context.font = `${style.fontSize} ${style.fontFamily}`;
            const room = input.clientWidth - parseFloat(style.paddingLeft) * 2;
            return context.measureText(input.placeholder).width <= room;
        }"""
    )
    assert fits


@pytest.mark.parametrize("width", [1280, 1301, 1024])
def test_cards_end_inside_their_sheet(open_with_scroll_bars: OpenPage, width: int) -> None:
    page = open_with_scroll_bars(f"/?layer={LAYER}&tab=network")
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.locator(f'.cell[data-key="{LAYER}"]')).to_be_visible()
    page.wait_for_function(
        """() => {
            const end = document.querySelector(".network-sheet").getBoundingClientRect().right;
            const rights = [...document.querySelectorAll(".cell")]
                .map((cell) => cell.getBoundingClientRect().right);
            // The ring around the chosen one, too.
            return Math.max(...rights) + 2 <= end;
        }"""
    )


@pytest.mark.parametrize("lens", ["maps", "number", "filters"])
def test_nothing_that_fits_is_cut(open_with_scroll_bars: OpenPage, lens: str) -> None:
    page = open_with_scroll_bars(f"/?layer={LAYER}&channel=53&row=8&column=6&lens={lens}")
    wait_for_scores(page)
    expect(page.locator(f"#lens-{lens}")).not_to_be_empty()
    assert page.evaluate(CUT_THOUGH_THEY_FIT) == []


@pytest.mark.parametrize("size", [(1280, 800), (1280, 500), (390, 844)])
def test_list_of_keys_opens_at_its_top(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = open_page("/", viewport={"width": size[0], "height": size[1]})
    wait_for_scores(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_role("heading")).to_be_in_viewport(ratio=1)
    expect(dialog.locator(".key-row").first).to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    focused = dialog.locator(":focus-visible")
    expect(focused).to_be_in_viewport()
    assert focused.evaluate("(node) => getComputedStyle(node).outlineStyle") != "none"
    page.keyboard.press("End")
    expect(dialog.locator(".key-row").last).to_be_in_viewport()


def layer_after(page: Page, key: str) -> None:
    before = parameter(page, "layer")
    page.keyboard.press(key)
    page.wait_for_function(
        "(before) => new URLSearchParams(location.search).get('layer') !== before", arg=before
    )


def test_keys_work_while_a_switch_has_the_focus(open_page: OpenPage) -> None:
    page = open_page(f"/?layer={LAYER}&channel=53&row=8&column=6")
    wait_for_scores(page)
    wait_for_maps(page, LAYER)
    page.locator("#lens-maps").get_by_label("whole layer").check()
    expect(page.locator("#lens-maps").get_by_label("whole layer")).to_be_focused()
    layer_after(page, "]")
    layer_after(page, "[")
    page.get_by_role("radio", name="sigmoid").check()
    layer_after(page, "]")
    layer_after(page, "[")
    # A list of choices uses letters itself, a field is for typing.
    chosen = parameter(page, "layer")
    page.get_by_label("Order of the maps").focus()
    page.keyboard.press("]")
    search = page.get_by_role("searchbox", name="Search the layers")
    search.fill("")
    search.press("]")
    expect(search).to_have_value("]")
    assert parameter(page, "layer") == chosen


def test_a_tab_is_marked_as_what_is_shown_beside_the_picture(open_page: OpenPage) -> None:
    page = open_page("/", viewport={"width": 1024, "height": 768})
    tabs = page.get_by_role("group", name="What to show beneath the picture")
    pressed = tabs.locator("[aria-pressed=true]")
    expect(pressed).to_have_text("Network")
    expect(page.locator(".column-network")).to_be_visible()
    page.set_viewport_size(PHONE)
    expect(pressed).to_have_text("Scores")
    expect(page.locator("#scores")).to_be_visible()
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(pressed).to_have_text("Network")


@pytest.mark.parametrize("tab", ["scores", "network", "layer"])
def test_tabs_stay_beneath_the_picture_on_a_phone(open_page: OpenPage, tab: str) -> None:
    page = open_page(f"/?tab={tab}&top=20&layer={LAYER}", viewport=PHONE)
    wait_for_maps(page, LAYER) if tab == "layer" else expect(
        page.locator(f"#{tab}")
    ).to_be_visible()
    page.wait_for_function("() => document.documentElement.scrollHeight > 1.3 * innerHeight")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    stage, tabs = page.locator("#stage").bounding_box(), page.locator("#tabs").bounding_box()
    assert stage
    assert tabs
    assert stage["y"] == pytest.approx(0, abs=1)
    assert tabs["y"] == pytest.approx(stage["y"] + stage["height"], abs=1)


def test_curve_of_relu6_shows_its_cap(open_page: OpenPage) -> None:
    page = open_page("/?layer=bn1.act&channel=3&row=8&column=6&lens=number")
    curve = page.locator("#lens-number .curve")
    expect(curve).to_be_visible()
    points = curve.locator(".curve-line").get_attribute("d") or ""
    ends = [tuple(map(float, pair.split())) for pair in points.removeprefix("M").split("L")]
    highest = min(y for _, y in ends)
    # Flat at the top for a fifth of the way from zero: from 6 to 7.5.
    flat = [x for x, y in ends if y == highest]
    assert max(flat) - min(flat) == pytest.approx((ends[-1][0] - ends[0][0]) / 10, rel=0.1)


def test_filters_of_a_layer_without_any_begin_with_what_there_is(open_page: OpenPage) -> None:
    page = open_page("/?lens=filters&layer=bn1.act&channel=3")
    expect(page.locator(".patch-tile").first).to_be_visible()
    expect(page.locator(".filters-sentence")).to_have_text(
        "What the channels of bn1.act look for: the patches of this picture that excite them "
        "most and least."
    )
    notice = page.locator(".filters-notice")
    expect(notice).to_contain_text("bn1.act has no filters: relu6, it has no weights.")
    patch, words = page.locator(".patch-tile").last.bounding_box(), notice.bounding_box()
    assert patch
    assert words
    assert patch["y"] + patch["height"] <= words["y"]
    # Where there are filters, they come first again.
    page.get_by_role("button", name="Open the filters of conv_stem").click()
    expect(page.locator(".filters-sentence")).to_contain_text("32 kernels")
    expect(notice).to_be_hidden()


def test_a_wide_screen_is_used(open_page: OpenPage) -> None:
    page = open_page(f"/?layer={LAYER}", viewport={"width": 1920, "height": 1080})
    canvas = wait_for_maps(page, LAYER)
    small = page.locator(".layer-facts").evaluate("(node) => getComputedStyle(node).fontSize")
    assert float(small.removesuffix("px")) >= 15
    box = page.locator(".column-layer").bounding_box()
    assert box
    assert box["width"] > 960
    tiling = read_tiles(canvas).tiling
    room = page.locator(".map-grid").bounding_box()
    assert room
    assert tiling["columns"] * tiling["step_x"] > 0.93 * room["width"]
    assert tiling["width"] >= 56
