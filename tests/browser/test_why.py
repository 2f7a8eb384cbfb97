"""The lens "why" in a browser: maps beside each other, differences, doubts, one click each."""

import io
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from maps_page import parameter
from opening import OpenPage
from playwright.sync_api import Page, expect
from reading import open_model, wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
QUICK = "methods=grad_cam,saliency,guided_backpropagation"
LONG_MS = 90_000


def cards(page: Page) -> Any:
    return page.locator(".why-card")


def wait_for_cards(page: Page, count: int = 3) -> None:
    expect(cards(page)).to_have_count(count, timeout=30_000)
    expect(page.locator(".why-card[data-phase=ready]")).to_have_count(count, timeout=LONG_MS)


def values(server: str, path: str) -> np.ndarray:
    with urllib.request.urlopen(f"{server}/api/v1{path}&format=npy", timeout=60) as answer:
        return np.load(io.BytesIO(answer.read()))


def test_clicking_a_class_shows_why_with_three_methods(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"/?{QUICK}")
    wait_for_scores(page)
    page.get_by_role("button", name="tiger cat", exact=True).click()
    expect(page.locator("#lens-why")).to_be_visible()
    wait_for_cards(page)
    assert parameter(page, "class") == "282"
    expect(page.locator(".why-said")).to_have_text("Red speaks for tiger cat, blue against it.")
    # The chosen one lies over the large picture, exactly where the network looks.
    overlay = page.locator(".why-overlay")
    expect(overlay).to_have_attribute("data-method", "grad_cam")
    picture = page.get_by_role("img", name="Chelsea").bounding_box()
    box = overlay.bounding_box()
    assert picture is not None
    assert box is not None
    crop = ask(f"/models/{DEFAULT}/predictions?image=example-chelsea")["image_box"]
    scale = picture["width"] / 451
    assert box["x"] - picture["x"] == pytest.approx(crop["left"] * scale, abs=1)
    assert box["y"] - picture["y"] == pytest.approx(crop["top"] * scale, abs=1)
    assert box["width"] == pytest.approx((crop["right"] - crop["left"]) * scale, abs=1)
    assert box["height"] == pytest.approx((crop["bottom"] - crop["top"]) * scale, abs=1)
    cards(page).nth(1).locator(".why-show").click()
    expect(overlay).to_have_attribute("data-method", "saliency")
    assert parameter(page, "method") == "saliency"


def test_colours_are_those_of_the_served_values(open_page: OpenPage, server: str) -> None:
    page = open_page(f"/?lens=why&class=285&{QUICK}")
    wait_for_cards(page)
    found = values(
        server, f"/models/{DEFAULT}/attributions/grad_cam?image=example-chelsea&class=285"
    )
    painted = page.locator(".why-card .why-heat").first.evaluate(
        """(canvas) => {
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return [canvas.height, canvas.width, Array.from(data.data)];
        }"""
    )
    height, width, data = painted
    pixels = np.array(data, dtype=np.int64).reshape(height, width, 4)
    assert (height, width) == found.shape
    # Red where it speaks for the class, blue where against, and clearest where it is strongest.
    reddish = pixels[..., 0] > pixels[..., 2]
    clear = pixels[..., 3] > 60
    assert (reddish[clear] == (found[clear] > 0)).all()
    strongest = np.abs(found) >= np.quantile(np.abs(found), 0.999)
    assert (pixels[..., 3][strongest] > 250).all()
    legend = page.locator(".why-card .why-legend").first.inner_text().replace("−", "-")
    limit = np.sort(np.abs(found), axis=None)[int(0.995 * (found.size - 1))]
    assert f"{float(f'{limit:.3g}'):g}" in legend


def test_why_this_class_rather_than_that(open_page: OpenPage, server: str) -> None:
    page = open_page(f"/?lens=why&class=282&{QUICK}")
    wait_for_cards(page)
    page.get_by_label("Class to compare with").select_option("285")
    wait_for_cards(page)
    expect(page.locator(".why-said")).to_contain_text(
        "Red speaks for tiger cat rather than Egyptian cat, blue the other way round."
    )
    path = f"/models/{DEFAULT}/attributions/grad_cam?image=example-chelsea&class="
    difference = values(server, f"{path}282") - values(server, f"{path}285")
    cards(page).first.locator(".why-show").hover()
    said = page.locator(".why-readout").inner_text().replace("−", "-")
    place = re.match(r"row (\d+), column (\d+): Grad-CAM (\S+)", said)
    assert place is not None
    expected = difference[int(place[1]), int(place[2])]
    assert float(place[3]) == pytest.approx(expected, rel=0.01, abs=1e-6)
    page.get_by_label("Minus another method").select_option("saliency")
    expect(page.locator(".why-note").first).to_contain_text("two methods, each scaled to 1")
    page.reload()
    wait_for_cards(page)
    expect(page.locator(".why-note").first).to_contain_text("two methods, each scaled to 1")


def test_scores_of_random_weights_wear_their_badge_in_why_too(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.random&lens=why")
    wait_for_cards(page)
    expect(page.locator(".why-head").get_by_text("random weights")).to_be_visible()
    open_model(page, "lenet5 mnist5k")
    expect(page.locator(".why-head").get_by_text("random weights")).to_be_hidden()


def test_two_clicks_tell_why_tiger_cat_and_not_egyptian_cat(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"/?{QUICK}")
    wait_for_scores(page)
    clicks = [
        page.get_by_role("button", name="tiger cat", exact=True),
        page.get_by_role("button", name="rather than Egyptian cat"),
    ]
    for each in clicks:
        each.click()
    assert len(clicks) == 2
    assert (parameter(page, "class"), parameter(page, "rival")) == ("282", "285")
    wait_for_cards(page)
    expect(clicks[1]).to_have_attribute("aria-pressed", "true")
    asked = "image=example-chelsea&class=282&rival=285"
    found = ask(f"/models/{DEFAULT}/decomposition?{asked}")
    assert found["logit"] > 0
    expect(page.locator(".why-said")).to_contain_text(f"Its logit is {found['logit']:.3f} above.")
    shares = page.locator(".why-shares")
    expect(shares).to_contain_text("What speaks for tiger cat rather than Egyptian cat")
    best = found["shares"][0]
    first = page.locator(".why-share").first
    expect(first).to_contain_text(str(best["channel"]))
    expect(first).to_contain_text(f"{best['share']:.3f}".replace("-", "\N{MINUS SIGN}"))
    # So are the channels of any layer, sorted by what they contribute.
    page = open_page(
        f"/?layer=bn2.act&class=282&rival=285&sort=contribution&channel={best['channel']}"
        "&row=0&column=0"
    )
    listed = ask(f"/models/{DEFAULT}/layers/bn2.act/activations?{asked}")["channels"]
    of_it = listed[best["channel"]]["contribution"]
    assert of_it == pytest.approx(best["share"], rel=1e-3)
    expect(page.locator("#lens-maps")).to_contain_text(
        f"contributes {of_it:.3g} to tiger cat rather than Egyptian cat".replace(
            "-", "\N{MINUS SIGN}"
        )
    )


def test_two_clicks_tell_whether_a_map_is_to_be_trusted(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"/?model=lenet5.mnist5k&image=example-chelsea&class=3&{QUICK}")
    wait_for_scores(page)
    clicks = [
        page.get_by_role("tab", name="Why", exact=True),
        page.get_by_role("button", name="Test it"),
    ]
    for each in clicks:
        each.click()
    assert len(clicks) == 2
    trust = page.locator(".why-trust")
    joint = trust.locator(".why-trust-joint")
    expect(joint).to_have_text(re.compile(r"of 3 tests"), timeout=LONG_MS)
    expect(page.locator(".why-trust-link[data-outcome='']")).to_have_count(0, timeout=LONG_MS)
    # What the numbers say, by the same bounds.
    lenet = "/models/lenet5.mnist5k/attributions"
    of_map = f"{lenet}/grad_cam"
    query = "image=example-chelsea&class=3"
    last = ask(f"{of_map}/randomisation?{query}")["stages"][-1]["spearman_absolute"]
    areas = ask(f"{of_map}/deletion?{query}")["areas"]
    better = (areas["deletion"] < areas["random_deletion"]) + (
        areas["insertion"] > areas["random_insertion"]
    )
    pairs = ask(f"/models/lenet5.mnist5k/attribution-agreement?{query}&{QUICK}")["pairs"]
    alike = [
        pair["spearman_absolute"]
        for pair in pairs
        if (pair["first"] == "grad_cam") != (pair["second"] == "grad_cam")
    ]
    assert len(alike) == 2
    mean = sum(alike) / 2
    expected = [
        "open" if last is None else by_bounds(-abs(last), -0.3, -0.6),
        ["against", "open", "for"][better],
        by_bounds(mean, 0.6, 0.3),
    ]
    found = page.locator(".why-trust-link").evaluate_all("all => all.map(a => a.dataset.outcome)")
    assert found == expected
    speaking = expected.count("for")
    verb = "speaks" if speaking < 2 else "speak"
    expect(joint).to_contain_text(f"{speaking or 'None'} of 3 tests {verb} for it")
    expect(joint).not_to_contain_text("not run")
    # Seen without scrolling, and the maps beneath it, too.
    for place in (trust, page.locator(".why-card .why-room").first):
        box = place.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 800
    # Each verdict leads to its details.
    trust.get_by_role("link", name="Deleted pixels").click()
    details = page.locator(".why-result[data-test=deletion]")
    expect(details).to_be_focused()
    expect(details.locator(".why-verdict")).to_be_in_viewport()


def by_bounds(value: float, good: float, fair: float) -> str:
    return "for" if value > good else "open" if value > fair else "against"


def test_tests_that_were_not_run_are_told(open_page: OpenPage) -> None:
    page = open_page(
        "/?model=lenet5.mnist5k&image=example-chelsea&lens=why&class=3&methods=saliency"
    )
    wait_for_cards(page, 1)
    joint = page.locator(".why-trust-joint")
    expect(joint).to_have_text("Not tested yet.")
    page.get_by_role("link", name="Random weights").click()
    expect(page.get_by_role("button", name="Randomise the network")).to_be_focused()
    page.get_by_role("button", name="Test it").click()
    # There is no other method that it could be compared with.
    expect(joint).to_contain_text(", 1 not run.", timeout=LONG_MS)
    expect(page.locator(".why-trust-link").last).to_contain_text("not run")
    page.get_by_role("button", name="Compare the methods").click()
    expect(page.locator(".why-result").last).to_contain_text("put another beside it")
    expect(joint).to_contain_text(", 1 not run.")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_while_a_map_is_tested(open_page: OpenPage, width: int) -> None:
    page = open_page(
        f"/?model=lenet5.mnist5k&image=example-chelsea&lens=why&tab=layer&class=3&{QUICK}",
        before=OBSERVE,
        viewport={"width": width, "height": 844},
    )
    wait_for_cards(page)
    expect(page.locator(".why-share").first).to_be_visible()
    start = page.get_by_role("button", name="Test it")
    start.scroll_into_view_if_needed()
    forget_shifts(page)
    start.click()
    expect(page.locator(".why-result")).to_have_count(3, timeout=LONG_MS)
    assert_nothing_moved(page, "test")
    page.locator(".why-trust").scroll_into_view_if_needed()
    page.locator(".why-doubt").scroll_into_view_if_needed()
    forget_shifts(page)
    # What is asked next clears what was found, all of it.
    page.get_by_label("Class to explain").select_option("4")
    expect(page.locator(".why-result")).to_have_count(0)
    expect(page.locator(".why-trust-joint")).to_have_text("Not tested yet.")


@pytest.mark.parametrize("change", ["class", "rival", "method", "picture", "network"])
def test_no_verdict_of_a_former_map_stays(open_page: OpenPage, change: str) -> None:
    page = open_page(f"/?model=lenet5.mnist5k&image=example-digit-3&lens=why&class=3&{QUICK}")
    wait_for_cards(page)
    page.get_by_role("button", name="Test it").click()
    expect(page.locator(".why-result")).to_have_count(3, timeout=LONG_MS)
    if change == "class":
        page.get_by_label("Class to explain").select_option("4")
    elif change == "rival":
        page.get_by_label("Class to compare with").select_option("8")
    elif change == "method":
        cards(page).nth(1).locator(".why-show").click()
    elif change == "picture":
        page.locator("#examples").get_by_role("button").nth(5).click()
    else:
        open_model(page, "lenet5.random")
    expect(page.locator(".why-result")).to_have_count(0)
    expect(page.locator(".why-trust-joint")).to_have_text("Not tested yet.")
    expect(page.locator(".why-trust-words")).to_have_text(["not run"] * 3)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("of", ["class=3", "class=3&rival=8", "of=unit&layer=c1&channel=0"])
def test_charts_name_their_axes_and_nothing_is_cut(
    open_page: OpenPage, width: int, of: str
) -> None:
    page = open_page(
        f"/?model=lenet5.mnist5k&image=example-digit-3&lens=why&tab=layer&methods=saliency&{of}",
        viewport={"width": width, "height": 844},
    )
    wait_for_cards(page, 1)
    page.get_by_role("button", name="Test it").click()
    charts = page.locator(".line-plot")
    expect(charts).to_have_count(3, timeout=LONG_MS)
    up = (
        "value of the unit"
        if "unit" in of
        else "probability among the two classes, %"
        if "rival" in of
        else "probability of the class, %"
    )
    expect(charts.nth(1).locator(".line-plot-axis")).to_have_text([up, "pixels deleted, %"])
    expect(charts.nth(2).locator(".line-plot-axis")).to_have_text([up, "pixels inserted, %"])
    expect(charts.first.locator(".line-plot-axis")).to_have_count(2)
    for chart in charts.all():
        cut = chart.evaluate(
            """(chart) => {
                const room = chart.getBoundingClientRect();
                return [...chart.querySelectorAll("text")].filter((text) => {
                    const box = text.getBoundingClientRect();
                    return box.left < room.left || box.right > room.right
                        || box.top < room.top || box.bottom > room.bottom;
                }).map((text) => text.textContent);
            }"""
        )
        assert cut == []
        box = chart.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_one_cam_along_all_blocks_leads_to_its_layer(
    open_page: OpenPage, server: str, ask: Ask
) -> None:
    page = open_page(f"/?model=lenet5.mnist5k&image=example-chelsea&lens=why&class=3&{QUICK}")
    wait_for_cards(page)
    # Before it ran there are words, and no empty strip.
    expect(page.locator(".why-layers")).to_contain_text("Not mapped yet.")
    expect(page.locator(".why-layer-strip")).to_be_hidden()
    page.get_by_role("button", name="Which layer?").click()
    strip = page.locator(".why-layer-strip .why-layer-button")
    # So few that none is left out.
    listed = ask("/models/lenet5.mnist5k/attributions")["layers"]
    names = page.locator(".why-layer-strip .why-stage-name")
    expect(names).to_have_text(listed)
    found = names.all_inner_texts()
    expect(strip.last).to_have_attribute("aria-pressed", "true")
    strip.first.click()
    assert parameter(page, "cam") == found[0]
    expect(strip.first).to_have_attribute("aria-pressed", "true")
    wait_for_cards(page)
    expect(cards(page).first.locator(".why-note")).to_contain_text(f"at {found[0]}")
    path = "/models/lenet5.mnist5k/attributions/grad_cam?image=example-chelsea&class=3"
    small = values(server, f"{path}&layer={found[0]}&resolution=layer")
    painted = strip.first.locator("canvas").evaluate(
        """(canvas) => {
            const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return [canvas.height, canvas.width, Array.from(all.data)];
        }"""
    )
    pixels = np.array(painted[2]).reshape(painted[0], painted[1], 4)
    assert small.shape == pixels.shape[:2]
    clear = pixels[..., 3] > 60
    assert clear.any()
    assert ((pixels[..., 0] > pixels[..., 2])[clear] == (small[clear] > 0)).all()
    # Another question is another strip.
    page.get_by_label("Class to explain").select_option("4")
    expect(strip).to_have_count(0)
    expect(page.locator(".why-layer-strip")).to_be_hidden()


def test_integrated_gradients_show_a_map_before_they_are_done(open_page: OpenPage) -> None:
    page = open_page("/?lens=why&class=282&methods=integrated_gradients")
    card = cards(page).first
    note = card.locator(".why-note")
    expect(note).to_contain_text(re.compile(r"So far, from \d+ points, gap .*%: it refines"))
    assert card.get_attribute("data-phase") == "loading"
    expect(card.locator(".why-heat")).to_be_visible()
    expect(card.get_by_role("button", name="Stop")).to_be_visible()
    # The button stands on it: it need not be waited for.
    card.get_by_role("button", name="Stop").click()
    expect(card).to_contain_text("Stopped.")


def test_one_click_doubts_a_map(open_page: OpenPage) -> None:
    page = open_page(f"/?model=lenet5.mnist5k&image=example-chelsea&lens=why&class=3&{QUICK}")
    wait_for_cards(page)
    page.get_by_role("button", name="Randomise the network").click()
    result = page.locator(".why-result[data-test=randomisation]")
    stages = result.locator(".why-stages li")
    expect(stages.first).to_contain_text("as it is", timeout=LONG_MS)
    expect(stages.last).to_contain_text("c1")
    expect(result.locator(".line-plot")).to_have_count(1)
    verdict = result.locator(".why-verdict")
    expect(verdict).to_contain_text("With all weights random")
    page.get_by_role("button", name="Delete and insert").click()
    deletion = page.locator(".why-result[data-test=deletion]")
    expect(deletion.locator(".line-plot")).to_have_count(2, timeout=LONG_MS)
    expect(deletion).to_contain_text("Deletion (small is good): area")
    page.get_by_role("button", name="Compare the methods").click()
    agreement = page.locator(".why-result[data-test=agreement]")
    expect(agreement.locator(".why-matrix tbody tr")).to_have_count(3, timeout=LONG_MS)
    # Each stays beside the others.
    expect(verdict).to_be_visible()
    expect(deletion.locator(".why-verdict")).to_be_visible()
    # What was found about one class does not stay beside another, and is there when it is back.
    page.get_by_label("Class to explain").select_option("4")
    expect(page.locator(".why-result")).to_have_count(0)
    page.get_by_label("Class to explain").select_option("3")
    expect(page.locator(".why-result")).to_have_count(3)


def test_long_work_shows_a_number_and_can_be_stopped(open_page: OpenPage) -> None:
    page = open_page("/?lens=why&class=282&methods=score_cam")
    card = cards(page).first
    expect(card.locator(".why-waiting")).to_contain_text("%", timeout=LONG_MS)
    card.get_by_role("button", name="Stop").click()
    expect(card).to_contain_text("Stopped.")
    expect(card.get_by_role("button", name="Compute")).to_be_visible()


def test_settings_come_from_what_the_server_declares(open_page: OpenPage) -> None:
    page = open_page(
        "/?model=lenet5.mnist5k&image=example-chelsea&lens=why&class=3&methods=smoothgrad,grad_cam"
    )
    wait_for_cards(page, 2)
    page.get_by_text("Method, settings, save").click()
    copies = page.get_by_label("copies")
    expect(copies).to_have_value("24")
    with page.expect_response(lambda answer: "samples=6" in answer.url):
        copies.fill("6")
        copies.press("Enter")
    assert parameter(page, "options") == "samples:6"
    save = page.get_by_role("link", name=".npy").last
    expect(save).to_have_attribute("href", re.compile("samples=6"))
    page.get_by_label("Layer whose maps are weighed").select_option("c1")
    expect(cards(page).nth(1).locator(".why-note")).to_contain_text("at c1")


def test_class_is_a_sum_and_a_click_leads_to_its_channel(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"/?lens=why&class=282&{QUICK}")
    wait_for_cards(page)
    first = page.locator(".why-share").first
    answer = ask(f"/models/{DEFAULT}/decomposition?image=example-chelsea&class=282")
    best = answer["shares"][0]
    assert abs(best["share"]) == max(abs(each["share"]) for each in answer["shares"])
    expect(page.locator(".why-shares-head")).to_contain_text("largest share of the logit first")
    expect(first).to_contain_text(str(best["channel"]))
    expect(first).to_contain_text(f"{best['share']:.3f}")
    first.click()
    assert parameter(page, "layer") == answer["layer"]
    assert parameter(page, "channel") == str(best["channel"])
    expect(page.locator("#lens-maps")).to_be_visible()


def test_selected_unit_can_be_explained(open_page: OpenPage, ask: Ask) -> None:
    layer = "blocks.3.0.bn1.act"
    unit = "channel=150&row=10&column=12"
    page = open_page(f"/?layer={layer}&{unit}&lens=why&of=unit&{QUICK}")
    wait_for_cards(page)
    expect(page.locator(".why-head")).to_contain_text(f"unit 150, 10, 12 of {layer}")
    found = ask(
        f"/models/{DEFAULT}/attributions/saliency?image=example-chelsea&target_layer={layer}&{unit}"
    )
    value = f"{found['target_value']:.4f}"
    expect(page.locator(".why-said")).to_contain_text(
        value if found["target_value"] else "It is 0 here"
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(open_page: OpenPage, width: int) -> None:
    page = open_page(
        f"/?model=lenet5.mnist5k&image=example-chelsea&lens=why&tab=layer&class=3&{QUICK}",
        viewport={"width": width, "height": 844},
    )
    wait_for_cards(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    panel = page.locator("#lens-why").evaluate("(panel) => panel.scrollWidth - panel.clientWidth")
    assert panel <= 0
