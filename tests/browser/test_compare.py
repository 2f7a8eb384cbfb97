"""Two networks, or two pictures, beside each other: one cursor, scores with differences."""

import io
import json
import re
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from compare_page import choose_network, map_of, network_button, reason_of
from opening import OpenPage
from PIL import Image
from playwright.sync_api import Page, Route, expect

LITE = "efficientnet_lite0.imagenet1k"
RANDOM = "efficientnet_lite0.random"
LAYER = "blocks.2.0.conv_dw"
UNIT = f"model={LITE}&image=example-chelsea&layer={LAYER}&channel=53&row=9&column=6"


def fetch_array(server: str, path: str) -> np.ndarray:
    with urllib.request.urlopen(f"{server}/api/v1{path}", timeout=60) as answer:
        return np.load(io.BytesIO(answer.read()))


def scores_of(ask, model: str, image: str) -> dict:
    answer = ask(f"/models/{model}/predictions?image={image}&top=1000")
    return {each["index"]: each for each in answer["classes"]}


def title_of(page: Page, index: int, cell: int) -> str:
    return page.locator(f"tr[data-index='{index}'] td").nth(cell).get_attribute("title") or ""


def test_opens_on_one_picture_and_two_networks(open_page: OpenPage, ask) -> None:
    page = open_page("/compare")
    expect(network_button(page, "left")).to_contain_text(LITE)
    # No other network of photographs and these classes is on this machine.
    expect(network_button(page, "right")).to_contain_text(RANDOM)
    expect(page.locator("#right .part-head .badge-random")).to_be_visible()
    expect(page.locator("#left .part-head .badge-random")).to_be_hidden()
    expect(page.locator("#scores .badge-random")).to_be_visible()
    row = page.locator("tr[data-index='282']")
    expect(row).to_be_visible()
    sides = [scores_of(ask, model, "example-chelsea")[282] for model in (LITE, RANDOM)]
    for place, expected in ((1, sides[0]), (2, sides[1])):
        assert float(title_of(page, 282, place)) == pytest.approx(expected["probability"], rel=1e-4)
    points = 100 * (sides[0]["probability"] - sides[1]["probability"])
    expect(row.locator("td").nth(3)).to_have_text(f"{points:+.2f}")
    logits = sides[0]["logit"] - sides[1]["logit"]
    expect(row.locator("td").nth(4)).to_have_text(f"{logits:+.2f}")


def test_two_pictures_have_their_scores_beside_each_other(open_page: OpenPage, ask) -> None:
    page = open_page("/compare?left_image=example-chelsea&right_image=example-coffee")
    row = page.locator("tr[data-index='282']")
    expect(row).to_be_visible()
    for place, image in ((1, "example-chelsea"), (2, "example-coffee")):
        expected = scores_of(ask, "efficientnet_lite0", image)[282]
        assert float(title_of(page, 282, place)) == pytest.approx(expected["probability"], rel=1e-4)
    expect(page.locator("#scores")).to_contain_text("espresso on the right")
    expect(page.get_by_label("two pictures, one network")).to_be_checked()
    choose_network(page, "right", RANDOM)
    expect(network_button(page, "left")).to_contain_text(RANDOM)


def test_one_picture_changes_on_both_sides_until_it_is_unlocked(
    open_page: OpenPage, examples: Path
) -> None:
    page = open_page("/compare")
    pictures = page.get_by_role("group", name="Picture on both sides")
    pictures.get_by_role("button", name="A cup of espresso").click()
    for side in ("left", "right"):
        expect(page.get_by_alt_text(f"Picture on the {side}")).to_have_attribute(
            "src", re.compile("example-coffee")
        )
    expect(page.locator("#scores")).to_contain_text("espresso on the left")
    page.get_by_label("File: Picture on both sides").set_input_files(examples / "chelsea.png")
    expect(pictures.get_by_role("button", name="Your picture")).to_have_attribute(
        "aria-pressed", "true"
    )
    sources = {
        page.get_by_alt_text(f"Picture on the {side}").get_attribute("src")
        for side in ("left", "right")
    }
    assert len(sources) == 1
    assert "example" not in sources.pop()

    page.get_by_label("two pictures, one network").check()
    expect(network_button(page, "right")).to_contain_text(LITE)
    right = page.get_by_role("group", name="Picture on the right")
    right.get_by_role("button", name="A rocket launch").click()
    expect(page.get_by_alt_text("Picture on the right")).to_have_attribute(
        "src", re.compile("example-rocket")
    )
    expect(page.get_by_alt_text("Picture on the left")).not_to_have_attribute(
        "src", re.compile("example-rocket")
    )
    page.reload()
    expect(right.get_by_role("button", name="A rocket launch")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_pointing_marks_the_same_place_on_both_sides(open_page: OpenPage) -> None:
    page = open_page("/compare?left_image=example-chelsea&right_image=example-chelsea")
    for side in ("left", "right"):
        expect(map_of(page, side)).to_be_visible()
    page.locator("#left .part-picture .compare-frame").hover()
    marks = page.locator(":is(.part-picture, .part-map) .compare-mark")
    expect(marks.locator("visible=true")).to_have_count(4)
    places = marks.evaluate_all("nodes => nodes.map((node) => parseFloat(node.style.left))")
    assert places[:2] == places[2:]
    # The middle of the picture is the middle of the centre crop, up to a rounded pixel.
    assert places == pytest.approx([50] * 4, abs=0.5)
    expect(page.locator("#right .part-map .compare-readout")).to_have_text(
        re.compile(r"channel \d+, row [67], column [67] (=|is about)")
    )
    map_of(page, "right").hover(position={"x": 1, "y": 1})
    corner = marks.nth(0).evaluate("node => parseFloat(node.style.left)")
    # The crop's left edge: 94 of 451 pixels, as resizing to 256 and cutting 224 has it.
    assert 20 < corner < 23


def test_difference_of_the_maps_is_exact(open_page: OpenPage, server: str) -> None:
    page = open_page(f"/compare?{UNIT}")
    path = f"/layers/{LAYER}/activations?image=example-chelsea&format=npy&channels=53"
    one, other = (fetch_array(server, f"/models/{model}{path}")[0] for model in (LITE, RANDOM))
    readout = page.locator(".part-difference .compare-readout")
    expect(readout).to_have_text(re.compile("A − B = "))
    shown = float(readout.inner_text().split("= ")[1].replace("\u2212", "-"))
    assert shown == np.float32(one[9, 6] - other[9, 6])
    for side, values in (("left", one), ("right", other)):
        words = page.locator(f"#{side} .part-map .compare-readout").inner_text()
        assert "channel 53, row 9, column 6 = " in words
        assert np.float32(words.split("= ")[1].replace("\u2212", "-")) == values[9, 6]
    # Zero is the table's neutral middle, whatever lies to either side.
    page.locator(".part-difference .compare-frame").press("ArrowRight")
    expect(readout).not_to_have_text(re.compile(re.escape(f"{shown}")))
    moved = float(readout.inner_text().split("= ")[1].replace("\u2212", "-"))
    assert moved == np.float32(one[9, 7] - other[9, 7])


def test_channels_are_locked_in_one_design_and_matched_between_two(
    open_page: OpenPage, server: str
) -> None:
    page = open_page(f"/compare?left_model={LITE}&right_model={RANDOM}&image=example-chelsea")
    lock = page.get_by_label("How the channels go together")
    expect(lock).to_have_value("same")
    expect(map_of(page, "right")).to_be_visible()
    field = page.get_by_label("Channel on the right")
    field.fill("7")
    field.press("Enter")
    expect(page.get_by_label("Channel on the left")).to_have_value("7")

    # Two digit networks whose maps have one shape: what goes up and down most like channel 3.
    page = open_page(
        "/compare?left_model=lenet5.mnist5k&right_model=lenet5.random&lock=alike"
        "&image=example-chelsea&left_layer=c1&left_channel=3&right_layer=c1"
    )
    path = "/layers/c1/activations?image=example-chelsea&format=npy"
    one = fetch_array(server, f"/models/lenet5.mnist5k{path}")[3].ravel()
    others = fetch_array(server, f"/models/lenet5.random{path}")
    correlations = [np.corrcoef(one, other.ravel())[0, 1] for other in others]
    best = int(np.argmax(correlations))
    expect(page.get_by_label("Channel on the right")).to_have_value(str(best))
    expect(page.locator(".part-difference")).to_contain_text(
        f"correlation about {correlations[best]:.2f}"
    )


def test_attributions_stand_beside_each_other(open_page: OpenPage, server: str) -> None:
    page = open_page(f"/compare?{UNIT}&class=282&method=saliency")
    for side in ("left", "right"):
        expect(reason_of(page, side)).to_be_visible()
    expect(page.get_by_label("Method")).to_have_value("saliency")
    path = "/attributions/saliency?image=example-chelsea&class=282&format=npy"
    one, other = (fetch_array(server, f"/models/{model}{path}") for model in (LITE, RANDOM))
    place = 120, 100
    page.locator(".part-why-difference .compare-frame").click(position={"x": 5, "y": 5})
    box = page.locator(".part-why-difference .compare-frame").bounding_box()
    assert box is not None
    page.mouse.move(
        box["x"] + (place[1] + 0.5) / 224 * box["width"],
        box["y"] + (place[0] + 0.5) / 224 * box["height"],
    )
    words = page.locator("#left .part-why .compare-readout").inner_text()
    assert words.startswith(f"pixel {place[0]}, {place[1]}: ")
    assert float(words.split(": ")[1]) == pytest.approx(one[place], rel=0.01)
    expected = one[place] / np.abs(one).max() - other[place] / np.abs(other).max()
    words = page.locator(".part-why-difference .compare-readout").inner_text()
    assert float(words.split("= ")[1].replace("\u2212", "-")) == pytest.approx(expected, rel=0.01)
    page.locator("tr[data-index='285'] button").click()
    expect(page.get_by_label("Class that is explained")).to_have_value("285")
    expect(page.locator("#right .part-why")).to_contain_text("B: Egyptian cat")


def test_two_pictures_are_each_explained_by_their_own_highest(open_page: OpenPage, ask) -> None:
    page = open_page("/compare?left_image=example-chelsea&right_image=example-coffee")
    for side, image in (("left", "example-chelsea"), ("right", "example-coffee")):
        best = ask(f"/models/{LITE}/predictions?image={image}")["classes"][0]["label"]
        letter = "A" if side == "left" else "B"
        words = f"{letter}: {best} (the highest of {letter})"
        expect(page.locator(f"#{side} .part-why")).to_contain_text(words)
    choice = page.get_by_label("Class that is explained")
    expect(choice.locator("option:checked")).to_have_text("each side's highest")
    choice.select_option("285")
    expect(page.locator("#right .part-why")).to_contain_text("B: Egyptian cat, to")
    choice.select_option("each side's highest")
    expect(page.locator("#right .part-why")).to_contain_text("espresso (the highest of B)")


def test_columns_are_aligned_whatever_the_pictures_are_like(
    open_page: OpenPage, tmp_path: Path
) -> None:
    for name, size in (("tall", (60, 240)), ("wide", (400, 50))):
        Image.new("RGB", size, "teal").save(tmp_path / f"{name}.png")
    page = open_page("/compare?mode=pictures")
    for side, name in (("left", "tall"), ("right", "wide")):
        page.get_by_label(f"File: Picture on the {side}").set_input_files(tmp_path / f"{name}.png")
        strip = page.get_by_role("group", name=f"Picture on the {side}")
        expect(strip.get_by_role("button", name="Your picture")).to_be_visible()
        expect(reason_of(page, side)).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for part in ("part-picture", "part-map", "part-why"):
            boxes = [page.locator(f"#{side} .{part}").bounding_box() for side in ("left", "right")]
            assert boxes[0]["y"] == boxes[1]["y"], part
            assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"], part
    shapes = [
        page.locator(f"#{side} .part-picture .compare-frame").bounding_box()
        for side in ("left", "right")
    ]
    assert shapes[0]["height"] / shapes[0]["width"] == pytest.approx(4, rel=0.02)
    assert shapes[1]["width"] / shapes[1]["height"] == pytest.approx(8, rel=0.05)


def test_sides_are_swapped_and_kept_in_the_address(open_page: OpenPage) -> None:
    page = open_page("/compare")
    expect(page.locator("#scores tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Swap").click()
    expect(network_button(page, "left")).to_contain_text(RANDOM)
    expect(network_button(page, "right")).to_contain_text(LITE)
    choose_network(page, "right", "lenet5.mnist5k")
    expect(page.locator("#scores")).to_contain_text("different classes")
    expect(network_button(page, "left")).to_contain_text(RANDOM)
    page.reload()
    expect(network_button(page, "right")).to_contain_text("lenet5.mnist5k")
    page.go_back()
    expect(network_button(page, "right")).to_contain_text(LITE)


def test_state_of_the_microscope_comes_along_and_goes_back(open_page: OpenPage) -> None:
    page = open_page(f"/?{UNIT}&class=285&lens=why&method=saliency&sort=mean")
    expect(page.locator("#scores tr").first).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    expect(map_of(page, "right")).to_be_visible()
    expect(page.get_by_label("Layer on the left")).to_have_value(LAYER)
    expect(page.get_by_label("Channel on the left")).to_have_value("53")
    expect(page.get_by_label("Class that is explained")).to_have_value("285")
    expect(page.get_by_label("Method")).to_have_value("saliency")
    readout = page.locator("#left .part-map .compare-readout")
    expect(readout).to_contain_text("channel 53, row 9, column 6 = ")
    page.get_by_role("link", name="Microscope", exact=True).click()
    page.wait_for_url(re.compile(r"/\?"))
    state = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    expected = {
        "model": LITE,
        "image": "example-chelsea",
        "layer": LAYER,
        "channel": "53",
        "row": "9",
        "column": "6",
        "class": "285",
        "method": "saliency",
        "lens": "why",
        "sort": "mean",
    }
    assert state.items() >= expected.items()


def test_picture_comes_along_as_it_was_changed_and_prepared(
    open_page: OpenPage, ask, server: str
) -> None:
    digit = "example-digit-4"
    page = open_page(
        f"/?model=lenet5.mnist5k&image={digit}&lens=what-if&preparation=as-drawn"
        "&seen=shift_x*0.2,rotation_degrees*30"
    )
    expect(page.locator("#scores tr").first).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    page.wait_for_url(re.compile("/compare"))
    expect(page.get_by_label("How drawn digits are laid into the input")).to_have_value("as-drawn")
    edit = json.dumps({"shift_x": 0.2, "rotation_degrees": 30}).encode()
    request = urllib.request.Request(
        f"{server}/api/v1/images/{digit}/variants",
        data=edit,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        changed = json.load(answer)["id"]

    def check(preparation: str) -> None:
        for side, model in ((1, "lenet5.mnist5k"), (2, "softmax.mnist5k")):
            path = f"/models/{model}/predictions?image={changed}&preparation={preparation}"
            best = ask(path)["classes"][0]
            row = page.locator(f"tr[data-index='{best['index']}'] td").nth(side)
            title = re.compile("^" + re.escape(str(best["probability"])[:5]))
            expect(row).to_have_attribute("title", title)

    check("as-drawn")
    assert parse_qs(urlsplit(page.url).query)["image"] != [digit]
    page.get_by_label("How drawn digits are laid into the input").select_option("centred")
    check("centred")
    page.get_by_label("How drawn digits are laid into the input").select_option("as-drawn")
    page.get_by_role("link", name="Open A in the microscope").click()
    page.wait_for_url(re.compile(r"/\?.*preparation=as-drawn"))
    assert "seen" not in page.url


def train(server: str, architecture: str) -> dict:
    """A run of one epoch over few digits, at its end, with its checkpoints."""
    choice = {"architecture": architecture, "data": "digits", "epochs": 1}
    request = urllib.request.Request(
        f"{server}/api/v1/training/runs",
        data=json.dumps(choice).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        run = json.load(answer)
    path = f"{server}/api/v1/training/runs/{run['id']}"
    with urllib.request.urlopen(f"{path}/events", timeout=300) as events:
        events.read()  # to the end of the run
    with urllib.request.urlopen(path, timeout=60) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def run(server: str) -> dict:
    return train(server, "lenet5")


def test_two_checkpoints_of_a_run(open_page: OpenPage, ask, server: str, run: dict) -> None:
    first, last = run["checkpoints"][0], run["checkpoints"][-1]
    page = open_page("/compare")
    page.get_by_label("Two steps of a training run").select_option(run["id"])
    for side, checkpoint in (("left", first), ("right", last)):
        step = page.get_by_label(f"Step of the run on the {side}")
        expect(step).to_have_value(checkpoint["model"])
    expect(page.get_by_label("How the channels go together")).to_have_value("same")
    expect(page.get_by_role("link", name="Its learning curve")).to_have_attribute(
        "href", f"./train?run={run['id']}"
    )
    image = page.get_by_alt_text("Picture on the left").get_attribute("src").split("/")[-1]
    row = page.locator("#scores tr[data-index]").first
    index = int(row.get_attribute("data-index"))
    for place, checkpoint in ((1, first), (2, last)):
        answer = ask(f"/models/{checkpoint['model']}/predictions?image={image}&top=10")
        expected = next(each for each in answer["classes"] if each["index"] == index)
        shown = float(title_of(page, index, place))
        assert shown == pytest.approx(expected["probability"], rel=1e-4)

    # The same layer and channel stay when another step is chosen, and the difference is theirs.
    page.get_by_label("Layer on the left").select_option("c1")
    channel = page.get_by_label("Channel on the left")
    channel.fill("2")
    channel.press("Enter")
    middle = run["checkpoints"][len(run["checkpoints"]) // 2]["model"]
    page.get_by_label("Step of the run on the left").select_option(middle)
    expect(page.get_by_label("Layer on the right")).to_have_value("c1")
    expect(channel).to_have_value("2")
    page.locator(".part-difference .compare-frame").click()
    page.locator(".part-difference .compare-frame").press("ArrowLeft")
    path = f"/layers/c1/activations?image={image}&format=npy&channels=2"
    one, other = (
        fetch_array(server, f"/models/{model}{path}")[0] for model in (middle, last["model"])
    )
    words = page.locator("#left .part-map .compare-readout").inner_text()
    row, column = map(int, re.search(r"row (\d+), column (\d+) = ", words).groups())
    readout = page.locator(".part-difference .compare-readout").inner_text()
    shown = np.float32(readout.split("= ")[1].replace("\u2212", "-"))
    assert shown == one[row, column] - other[row, column]


def test_two_runs_lead_to_their_curves(open_page: OpenPage, server: str, run: dict) -> None:
    other = train(server, "softmax")
    newest = run["model"].split("@")[0]
    page = open_page(f"/compare?left_model={newest}&right_model={other['model']}")
    expect(page.get_by_label("Step of the run on the left")).to_have_value(newest)
    expect(page.get_by_role("link", name="Both learning curves")).to_have_attribute(
        "href", f"./train?runs={run['id']},{other['id']}"
    )


def test_nothing_of_a_former_network_stands_under_another_name(open_page: OpenPage, ask) -> None:
    page = open_page("/compare", routed=True)
    for side in ("left", "right"):
        expect(reason_of(page, side)).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    # One design on both sides: nothing but the name tells whose numbers they are.
    answers_of_it = re.compile(f"{LITE}/(predictions|layers|attributions)")
    page.route(answers_of_it, hold)
    choose_network(page, "right", LITE)
    expect(page.locator("#right .part-head .badge-random")).to_be_hidden()
    expect(page.locator("#scores .badge-random")).to_be_hidden()
    expect(page.locator("#scores tbody tr").locator("visible=true")).to_have_count(0)
    expect(map_of(page, "right")).to_be_hidden()
    expect(reason_of(page, "right")).to_be_hidden()
    for part in (".part-difference", ".part-why-difference"):
        expect(page.locator(f"{part} .compare-frame")).to_be_hidden()
    page.unroute(answers_of_it)
    # What is answered after another network was chosen comes too late.
    choose_network(page, "right", RANDOM)
    expect(page.locator("tr[data-index='282']")).to_be_visible()
    assert held
    for route in held:
        route.fulfill(status=200, body="{}")
    expected = scores_of(ask, RANDOM, "example-chelsea")[282]["probability"]
    expect(reason_of(page, "right")).to_be_visible()
    assert float(title_of(page, 282, 2)) == pytest.approx(expected, rel=1e-4)
    expect(page.locator("#right [role=alert]")).to_be_hidden()


def test_it_fits_a_phone(open_page: OpenPage) -> None:
    page = open_page("/compare", viewport={"width": 390, "height": 844})
    expect(page.locator("#scores tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
