"""What is of the former picture or network is dimmed or gone the moment another is chosen."""

import pytest
from answering import hold
from opening import OpenPage
from playwright.sync_api import Page, expect
from reading import open_model, wait_for_scores

pytestmark = pytest.mark.browser

UNIT = "layer=blocks.2.0.conv_dw&channel=53&row=14&column=21"

# Whatever shows numbers or pixels that came of the picture, with its opacity on the page. Words
# that fade cannot be read: as dimmed counts what has the faint ink.
SHOWN = """(selector) => [...document.querySelectorAll(selector)]
    .filter((node) => node.getClientRects().length > 0)
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => node.getBoundingClientRect().top < innerHeight)
    .filter((node) => node.matches("canvas, img") || node.textContent.trim() !== "")
    .map((node) => {
        if (!node.matches("canvas, img, .cell-thumb")) {
            const probe = document.body.appendChild(document.createElement("span"));
            probe.style.color = "var(--ink-faint)";
            const { color: faint } = getComputedStyle(probe);
            probe.remove();
            const strong = [node, ...node.querySelectorAll("*")].filter((each) =>
                [...each.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
                && !each.matches(".button, [style], svg *, .visually-hidden")
                && each.checkVisibility({ visibilityProperty: true })
                && getComputedStyle(each).color !== faint);
            // A cell keeps its ink on a ground of its own, and loses the colour of both.
            strong.push(...[node, ...node.querySelectorAll("*")].filter((each) =>
                each.matches('[style*="background:"], [style*="background-color"]')
                && each.checkVisibility({ visibilityProperty: true })
                && !getComputedStyle(each).filter.includes("grayscale(1)")));
            return [strong[0]?.className ?? node.className, strong.length > 0 ? 1 : 0];
        }
        let opacity = 1;
        for (let each = node; each; each = each.parentElement) {
            opacity *= Number(getComputedStyle(each).opacity);
        }
        return [node.className || node.tagName, opacity];
    })"""
OF_PICTURE = {
    "maps": ".cell-thumb:not(.is-empty), #lens-maps canvas, .map-readout, #network-input img,"
    " .score-results, #entropy",
    "number": ".cell-thumb:not(.is-empty), #lens-number .number-body, .score-results, #entropy",
    "filters": ".cell-thumb:not(.is-empty), [aria-label='Match'] canvas, .patch-row canvas,"
    " .patch-row img, .score-results, #entropy",
    "why": ".cell-thumb:not(.is-empty), #lens-why img, .score-results, #entropy",
}


def undimmed(page: Page, selector: str) -> list[list[object]]:
    """What stands there as if it were of what is selected now."""
    return [each for each in page.evaluate(SHOWN, selector) if each[1] > 0.5]


def wait_until_dimmed(page: Page, selector: str) -> None:
    page.wait_for_function(
        f"(selector) => ({SHOWN})(selector).every(([, opacity]) => opacity <= 0.5)", arg=selector
    )


@pytest.mark.parametrize("lens", OF_PICTURE)
def test_nothing_of_the_former_picture_stands_undimmed(open_page: OpenPage, lens: str) -> None:
    page = open_page(f"/?{UNIT}&lens={lens}", routed=True)
    wait_for_scores(page, label="tiger cat")
    page.wait_for_load_state("networkidle")
    selector = OF_PICTURE[lens]
    assert len(undimmed(page, selector)) >= 4
    hold(page, "/api/v1/models/")
    page.keyboard.press("e")
    expect(page.locator("#scores")).to_have_attribute("aria-busy", "true")
    wait_until_dimmed(page, selector)


def test_thumbnails_and_maps_stay_dimmed_until_theirs_are_here(open_page: OpenPage) -> None:
    page = open_page(f"/?{UNIT}", routed=True)
    wait_for_scores(page, label="tiger cat")
    page.wait_for_load_state("networkidle")
    held = hold(page, r"/overview|/activations|/input\?")
    page.keyboard.press("e")
    wait_for_scores(page, label="espresso")
    parts = ".cell-thumb:not(.is-empty), .map-grid canvas, .pinned-maps canvas, #network-input img"
    wait_until_dimmed(page, parts)
    assert held


def test_nothing_of_the_former_network_stands(open_page: OpenPage) -> None:
    page = open_page(f"/?{UNIT}", routed=True)
    wait_for_scores(page, label="tiger cat")
    page.wait_for_load_state("networkidle")
    entropy = page.locator(".entropy-value").inner_text()
    hold(page, "/api/v1/models/")
    open_model(page, "lenet5 mnist")
    expect(page.locator(".model-button-id")).to_have_text("lenet5.mnist5k")
    for text in ("tiger cat", entropy, "conv_dw", "3 × 224 × 224"):
        expect(page.locator("main").get_by_text(text).locator("visible=true")).to_have_count(0)
    gone = ".cell-thumb, #lens-maps canvas, .network-input-picture img"
    assert page.evaluate(SHOWN, gone) == []
    expect(page.get_by_role("link", name="Save as .npy")).to_be_hidden()
