"""The challenges of chapter 12 in the browser: a strip, one opened, all in pairs."""

import json
import re
from urllib.parse import urlencode, urlsplit

import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

NETWORK = "efficientnet_lite0.imagenet1k"
CUP = "example-coffee"
NAMES = ["viewpoint", "scale", "deformation", "occlusion", "illumination", "clutter"]


def opened(open_page: OpenPage, query: str = "", **options) -> Page:
    page = open_page(f"/learn/designs?{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    settled(page)
    return page


def settled(page: Page) -> None:
    """What is shown is of what is asked."""
    expect(page.locator(".challenge-progress")).to_be_hidden()
    expect(page.locator("#challenge-grid[data-stale]")).to_have_count(0)
    expect(page.locator("#challenge-grid button", has_text="…")).to_have_count(0)


def asked(page: Page, path: str, **query) -> dict:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    answer = page.request.get(f"{origin}/api/v1/{path}?{urlencode(query)}")
    assert answer.ok, answer.text()
    return answer.json()


def card(page: Page, name: str) -> Locator:
    return page.locator(f".challenge-card[data-challenge={name}]")


def probability(node: Locator) -> float:
    return float(node.get_attribute("data-probability") or "nan")


def of_pair(page: Page, row: str, column: str) -> Locator:
    return (
        page.locator("#challenge-grid tbody tr")
        .nth(NAMES.index(row))
        .locator("button")
        .nth(NAMES.index(column))
    )


def test_each_is_survived_alone_and_pairs_are_lost_together(open_page: OpenPage) -> None:
    page = opened(open_page, f"image={CUP}")
    expect(page.locator("#challenge-class")).to_have_text("“espresso”")
    shares = {}
    for name in NAMES:
        shares[name] = probability(card(page, name))
        expect(card(page, name)).to_contain_text("still “espresso”")
        assert probability(of_pair(page, name, name)) == shares[name]
    # What the words say is counted here, from what an edited picture of its own is said to be.
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    edit = {"scale": 0.5, "clutter": 0.8}
    variant = page.request.post(f"{origin}/api/v1/images/{CUP}/variants", data=edit).json()["id"]
    scores = asked(page, f"models/{NETWORK}/predictions", image=variant, top=1000)["classes"]
    its = next(each["probability"] for each in scores if each["label"] == "espresso")
    both = of_pair(page, "scale", "clutter")
    assert probability(both) == pytest.approx(its, abs=1e-6)
    assert probability(of_pair(page, "clutter", "scale")) == probability(both)
    assert scores[0]["label"] != "espresso"
    lost = page.locator("#challenge-grid button.is-together")
    pairs = lost.count() // 2
    assert pairs >= 3
    words = page.locator("#challenge-words")
    expect(words).to_contain_text("Each of the 6 challenges is survived alone")
    expect(words).to_contain_text(f"Of the 15 pairs, {pairs} are lost together")
    # Nothing was chosen: the costliest of them is looked at.
    expect(page.locator("#challenge-cell h4")).to_have_text("Scale and Clutter, the costliest")
    expect(page.locator("#challenge-cell li").first).to_contain_text(scores[0]["label"])


def test_an_amount_is_typed_and_a_cell_tapped_and_both_stand_in_the_address(
    open_page: OpenPage,
) -> None:
    page = opened(open_page, f"image={CUP}")
    unchanged = asked(page, f"models/{NETWORK}/predictions", image=CUP, top=1)["classes"][0]
    card(page, "clutter").get_by_role("spinbutton").fill("0")
    expect(page).to_have_url(re.compile("ch_clutter=0&"))
    settled(page)
    # No clutter is the picture itself, and with anything else it is that alone.
    assert probability(card(page, "clutter")) == pytest.approx(unchanged["probability"], abs=1e-6)
    for name in NAMES[:-1]:
        assert probability(of_pair(page, name, "clutter")) == probability(card(page, name))
    card(page, "scale").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("ch_scale=0.55"))
    of_pair(page, "illumination", "viewpoint").click()
    expect(page.locator("#challenge-cell h4")).to_have_text("Viewpoint and Illumination")
    expect(page).to_have_url(re.compile("ch_pair=viewpoint%2Cillumination"))
    settled(page)
    told = page.locator("#challenge-cell").text_content()
    again = opened(open_page, urlsplit(page.url).query)
    expect(again.locator("#challenge-cell")).to_have_text(told or "")
    picture = again.locator("#challenge-cell img")
    assert picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
    again.get_by_role("button", name=re.compile("^All six")).click()
    expect(again.locator("#challenge-cell h4")).to_have_text("All six at once")


def test_one_is_opened_with_its_curve_and_the_square_goes_where_it_hurts(
    open_page: OpenPage,
) -> None:
    page = opened(open_page, f"image={CUP}")
    card(page, "occlusion").get_by_role("button").click()
    expect(page).to_have_url(re.compile("ch_open=occlusion"))
    curve = page.locator(".challenge-curve")
    expect(curve).to_have_attribute("data-points", "25")
    expect(curve.locator("path.learn-curve")).to_have_count(3)
    expect(curve).to_contain_text("espresso")
    before = probability(card(page, "occlusion"))
    page.get_by_role("button", name="Find where it hurts most").click()
    expect(page.locator("#challenge-opened")).to_contain_text("here the score falls most")
    expect(page).to_have_url(re.compile("ch_left=0.*ch_top=0"))
    settled(page)
    assert probability(card(page, "occlusion")) < before
    expect(curve).not_to_have_attribute("data-stale", "")
    # Along the axis: as often the highest as a sweep of the server says.
    left = page.get_by_role("spinbutton", name="from the left").input_value()
    top = page.get_by_role("spinbutton", name="from the top").input_value()
    sweep = asked(
        page,
        f"models/{NETWORK}/sweeps",
        image=CUP,
        swept="cover_size",
        start=0,
        stop=1,
        values=25,
        cover_left=float(left) / 100,
        cover_top=float(top) / 100,
    )
    kept = sum(point["best"]["label"] == "espresso" for point in sweep["points"])
    expect(page.locator("#challenge-opened")).to_contain_text(
        f"Of 25 amounts, “espresso” is the highest at {kept}"
    )
    # Away and back it is drawn again.
    card(page, "variation").get_by_role("button").click()
    expect(curve).to_be_hidden()
    card(page, "occlusion").get_by_role("button").click()
    expect(curve.locator("path.learn-curve")).to_have_count(3)
    # On a phone it is below the cards, and comes into sight.
    page.set_viewport_size({"width": 390, "height": 844})
    card(page, "viewpoint").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Viewpoint", exact=True)).to_be_in_viewport()
    expect(page.locator("#challenge-opened")).to_contain_text("A picture has no back")
    turn = page.get_by_role("spinbutton", name="in the plane")
    turn.fill("90")
    settled(page)
    edit = asked(
        page,
        f"learn/challenges/{NETWORK}",
        image=CUP,
        viewpoint_degrees=50,
        rotation_degrees=90,
    )["pictures"][1]
    assert probability(card(page, "viewpoint")) == pytest.approx(edit["probability"], abs=1e-6)


def test_digits_of_one_class_are_counted_by_two_networks(open_page: OpenPage) -> None:
    page = opened(open_page, "ch_network=lenet5.mnist5k&ch_digit=5&ch_open=variation")
    expect(page.locator("#challenge-class")).to_have_text("“5”")
    variation = page.locator(".challenge-variation")
    right = {}
    for network in ("lenet5.mnist5k", "vgg_32.mnist5k"):
        page.locator("#challenge-choices").get_by_role("combobox").first.select_option(network)
        expect(page).to_have_url(re.compile(f"ch_network={network}"))
        settled(page)
        expect(variation).not_to_have_attribute("data-stale", "")
        expect(variation).to_have_attribute("data-network", network)
        right[network] = asked(page, f"learn/variation/{network}", digit=5)["correct"]
        expect(variation).to_contain_text(f"{right[network]} of 100 held-out 5s are read right")
        expect(card(page, "variation")).to_contain_text(f"{right[network]} of 100")
    # The hardest come first: all that are mistaken, then the others.
    wrong = 100 - right["vgg_32.mnist5k"]
    assert wrong > 0
    expect(variation.locator("li.is-lost")).to_have_count(wrong)
    expect(variation.locator("li")).to_have_count(20)
    page.get_by_role("button", name="Show all 100").click()
    expect(variation.locator("li")).to_have_count(100)
    page.get_by_role("button", name="A held-out 4").click()
    expect(page.locator("#challenge-class")).to_have_text("“4”")
    settled(page)
    expect(page).to_have_url(re.compile("ch_digit=4"))
    shown = page.locator("#challenge-cell img").get_attribute("src") or ""
    image = re.search(r"/images/([\w-]+)/edited", shown)
    assert image
    unchanged = asked(
        page,
        "learn/challenges/vgg_32.mnist5k",
        **{"image": image[1], "preparation": "as-drawn", "class": 4},
    )["pictures"][0]
    expect(page.locator("#challenge-words")).to_contain_text(
        f"Unchanged: “4”, {100 * unchanged['probability']:.2f}"
    )


def test_pictures_of_the_same_are_added_judged_and_removed(open_page: OpenPage) -> None:
    page = opened(open_page, f"image={CUP}&ch_open=variation")
    variation = page.locator(".challenge-variation")
    expect(variation).to_contain_text("add other pictures that show “espresso”")
    files = ["static/examples/chelsea.png", "static/examples/coffee.png"]
    variation.locator("input[type=file]").set_input_files(files)
    expect(variation).to_contain_text("2 of 3 pictures are read as “espresso”")
    expect(variation.locator("li.is-lost")).to_contain_text("tiger cat")
    expect(page).to_have_url(re.compile("ch_others="))
    variation.get_by_role("button", name="Remove picture 2").click()
    expect(variation).to_contain_text("2 of 2 pictures are read as “espresso”")
    variation.get_by_role("button", name="Add: A rocket launch").click()
    expect(variation).to_contain_text("2 of 3 pictures")
    # Of another thing they are no other pictures.
    page.locator("#challenges").get_by_role("button", name=re.compile("Example: Chelsea")).click()
    expect(page.locator("#challenge-class")).to_have_text("“tiger cat”")
    expect(variation).to_contain_text("add other pictures that show “tiger cat”")
    # Back brings the cup again, and the picture that had been added to it.
    page.go_back()
    expect(variation).to_contain_text("2 of 2 pictures are read as “espresso”")


def test_a_class_is_named_and_a_refusal_is_told(
    open_page: OpenPage, complaints: Complaints
) -> None:
    page = opened(open_page, f"image={CUP}", routed=True)
    page.get_by_label("What it shows").select_option(label="coffee mug")
    expect(page.locator("#challenge-class")).to_have_text("“coffee mug”")
    expect(page.locator("#challenge-words")).to_contain_text("Even unchanged it is not read as")
    complaints.expect("503")
    problem = {
        "type": "/problems/time-limit",
        "title": "Too long",
        "status": 503,
        "detail": "Too slow.",
    }
    page.route(
        "**/learn/challenges/**",
        lambda route: route.fulfill(
            status=503, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    card(page, "scale").get_by_role("spinbutton").fill("1")
    expect(page.locator("#chapter-problem")).to_contain_text("Too slow.")
    page.unroute("**/learn/challenges/**")
    card(page, "scale").get_by_role("spinbutton").fill("1.5")
    expect(page.locator("#chapter-problem")).to_be_hidden()
    settled(page)
