"""The lens What if: what changes inside or outside, and what becomes of the scores."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from opening import OpenPage
from playwright.sync_api import Page, expect
from reading import picture_box

LENS = "/?lens=what-if&tab=layer&layer=bn2.act&class=282"


def shares(page: Page) -> tuple[float, float]:
    cells = page.locator("tr[data-index='282'] td")
    return tuple(float(cells.nth(place).get_attribute("title")) for place in (1, 2))


def test_channel_that_matters_most_is_found_switched_off_and_the_class_falls(
    open_page: OpenPage,
) -> None:
    page = open_page(LENS)
    page.get_by_role("button", name="Find the channel that matters most to tiger cat").click()
    first = page.locator(".finder-table tbody tr").first
    expect(first).to_be_visible()
    channel = first.get_attribute("data-channel")
    first.get_by_role("button").click()
    chip = page.locator(".chip")
    expect(chip).to_have_text(re.compile(f"bn2.act {channel} off"))
    expect(page.locator("tr[data-index='282'] .change-falls")).to_be_visible()
    before, after = shares(page)
    assert after < before - 0.01
    expect(page.locator(".what-if-scores")).to_contain_text("Computed anew: 3 layers")
    assert "do=off" in page.url
    # The address brings it back, and undoing brings the class back.
    page.reload()
    expect(chip).to_have_count(1)
    page.get_by_role("button", name=f"Undo: bn2.act {channel} off").click()
    expect(chip).to_have_count(0)
    expect(page.locator(".what-if-scores")).to_contain_text("Nothing is changed yet")
    before, after = shares(page)
    assert after == before


def test_against_a_rival_the_change_is_of_the_difference_of_logits(
    open_page: OpenPage, server: str
) -> None:
    # The rival is far from the highest scores, and is followed all the same.
    page = open_page(f"{LENS}&rival=7&do=off*bn2.act*112")
    answer = page.request.post(
        f"{server}/api/v1/models/efficientnet_lite0/interventions?image=example-chelsea",
        data={
            "interventions": [{"kind": "switch_off", "layer": "bn2.act", "channel": 112}],
            "classes": [282, 7],
        },
    ).json()
    scores = {each["index"]: each for each in answer["classes"]}
    before, after = (
        scores[282][f"logit_{when}"] - scores[7][f"logit_{when}"] for when in ("before", "after")
    )
    assert abs(after - before) > 1e-3
    apart = page.locator(".what-if-apart")
    expect(apart).to_contain_text("tiger cat rather than cock", timeout=30_000)
    said = [float(each) for each in apart.get_attribute("title").split(", then ")]
    assert said == pytest.approx([before, after], abs=1e-4)
    page.goto(page.url.replace("&rival=7", ""))
    expect(page.locator("tr[data-index='282']")).to_be_visible()
    expect(apart).to_be_hidden()


def test_channel_unit_and_weight_are_changed_by_hand(open_page: OpenPage) -> None:
    page = open_page("/?lens=what-if&tab=layer&layer=conv_stem&channel=3&row=5&column=6")
    page.get_by_label("amount").fill("7")
    page.get_by_role("button", name="Pin to").click()
    page.get_by_text("only its unit 5, 6").click()
    page.get_by_role("button", name="Scale by").click()
    page.get_by_text("Edit one weight of its kernel").click()
    page.get_by_label("new value").fill("0.5")
    page.get_by_role("button", name="Set weight").click()
    expect(page.locator(".chip")).to_have_text(
        [
            re.compile("conv_stem 3 = 7"),
            re.compile("conv_stem 3, 5, 6 × 7"),
            re.compile("conv_stem weight 3, 0, 0, 0 = 0.5"),
        ]
    )
    expect(page.locator(".what-if-scores")).to_contain_text("Computed anew")


def said_by_the_server(page: Page, server: str, box: dict[str, int]) -> tuple[float, float]:
    answer = page.request.post(
        f"{server}/api/v1/models/efficientnet_lite0/interventions?image=example-chelsea",
        data={"interventions": [{"kind": "blank", **box}], "classes": [282]},
    )
    cat = next(each for each in answer.json()["classes"] if each["index"] == 282)
    return cat["probability_before"], cat["probability_after"]


def test_what_a_unit_reads_is_blanked_and_outlined(
    open_page: OpenPage, server: str, ask: Callable[[str], Any]
) -> None:
    layer = "blocks.2.0.conv_dw"
    page = open_page(f"/?lens=what-if&tab=layer&layer={layer}&channel=3&row=8&column=13&class=282")
    page.get_by_role("button", name="Blank what this unit reads").click()
    # 35 pixels each way, every 8, 10 of them before the first: by hand from the kernels.
    box = {"top": 54, "left": 94, "bottom": 89, "right": 129}
    field = ask(f"/models/efficientnet_lite0/layers/{layer}/receptive-field?row=8&column=13")
    assert field["input_box"] == box
    expect(page.locator(".chip")).to_have_text(re.compile("rows 54 to 89, columns 94 to 129 blank"))
    assert "do=blank*54*94*89*129" in page.url
    expect(page.locator(".what-if-scores")).to_contain_text("Computed anew")
    before, after = shares(page)
    assert (before, after) == said_by_the_server(page, server, box)
    assert after != before
    outline = page.locator(".blank-overlay rect")
    seen = ask("/models/efficientnet_lite0/predictions?image=example-chelsea")["image_box"]
    frame, drawn = picture_box(page), outline.bounding_box()
    scale = frame["width"] / 451
    pixel = (seen["right"] - seen["left"]) / 224
    assert drawn["x"] - frame["x"] == pytest.approx((seen["left"] + 94 * pixel) * scale, abs=2.5)
    assert drawn["y"] - frame["y"] == pytest.approx((seen["top"] + 54 * pixel) * scale, abs=2.5)
    assert drawn["width"] == pytest.approx(35 * pixel * scale, abs=5)
    page.reload()
    expect(outline).to_have_count(1)
    page.get_by_role("button", name="Undo: rows 54 to 89, columns 94 to 129 blank").click()
    expect(outline).to_have_count(0)


def test_any_box_is_blanked_by_its_sides(open_page: OpenPage, server: str) -> None:
    page = open_page(LENS)
    page.get_by_text("Blank a box of the input").click()
    box = {"top": 20, "left": 30, "bottom": 200, "right": 110}
    for side, value in box.items():
        page.get_by_label(side, exact=True).fill(str(value))
    add = page.get_by_role("button", name="Blank the box")
    for wrong in ("225", "20", "", "100.5"):
        page.get_by_label("bottom", exact=True).fill(wrong)
        expect(add).to_be_disabled()
    page.get_by_label("bottom", exact=True).fill("200")
    add.click()
    expect(page.locator(".what-if-scores")).to_contain_text("Computed anew")
    before, after = shares(page)
    assert (before, after) == said_by_the_server(page, server, box)
    assert after != before


def test_wrong_intervention_in_the_address_is_told_in_words(
    open_page: OpenPage, complaints
) -> None:
    complaints.expect("422")
    page = open_page(f"{LENS}&do=off*bn2.act*5000")
    expect(page.locator(".what-if-scores [role=alert]")).to_contain_text("0-1279")


def test_sliders_move_the_scores_and_the_newest_wins(open_page: OpenPage) -> None:
    page = open_page(LENS)
    expect(page.locator("tr[data-index='282']")).to_be_visible()
    slider = page.get_by_label("Light")
    for value in ("0.8", "0.6", "0.4", "0.2", "0.05"):
        slider.fill(value)
    expect(page.locator(".what-if-scores")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".what-if-scores")).to_contain_text("The changed picture")
    assert "seen=brightness*0.05" in page.url
    before, after = shares(page)
    assert after != before
    source = page.locator(".edit-preview").get_attribute("src")
    assert "example" not in source
    page.get_by_role("button", name="As it was").click()
    expect(page.locator(".edit-preview")).to_have_attribute("src", re.compile("example-chelsea"))


def test_scores_are_plotted_along_a_slider(open_page: OpenPage) -> None:
    page = open_page(LENS)
    page.get_by_role("button", name="Plot the scores along").click()
    lines = page.locator(".sweep-line")
    expect(lines).to_have_count(4)
    assert len(lines.first.get_attribute("points").split()) == 19
    page.locator(".sweep-plot svg").hover()
    expect(page.locator(".sweep-plot p")).to_contain_text("tiger cat")


def test_covering_draws_the_fall_over_the_picture(open_page: OpenPage) -> None:
    page = open_page(LENS)
    page.get_by_label("patch", exact=True).fill("56")
    page.get_by_label("stride", exact=True).fill("56")
    page.get_by_role("button", name="Cover it patch by patch").click()
    heat = page.locator(".occlusion-heat")
    expect(heat).to_be_visible()
    for side in ("width", "height"):
        expect(heat).to_have_js_property(side, 224)
    painted = heat.evaluate(
        """canvas => canvas.getContext("2d").getImageData(0, 0, 224, 224).data
            .filter((_, index) => index % 4 === 3).reduce((sum, alpha) => sum + alpha, 0)"""
    )
    assert painted > 0
    page.locator(".occlusion-frame").hover()
    expect(page.locator(".occlusion-figure")).to_contain_text("covered: logit")


def test_a_lane_is_cut_by_hand(open_page: OpenPage) -> None:
    page = open_page(
        "/?model=googlenet_32.mnist5k&image=example-chelsea&lens=what-if&tab=layer"
        "&layer=inception3a.cat"
    )
    lanes = page.get_by_role("combobox", name="input that is cut")
    expect(lanes.locator("option")).to_have_count(4)
    lanes.select_option("inception3a.branch2.relu")
    page.get_by_role("button", name="Cut", exact=True).click()
    expect(page.get_by_role("list", name="Active interventions")).to_contain_text(
        "inception3a.cat without inception3a.branch2.relu"
    )
    expect(page.locator("#lens-what-if")).to_contain_text("Computed anew: 32 layers")
    # Nothing comes together in a convolution.
    page.goto(page.url.replace("layer=inception3a.cat", "layer=conv1"))
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    expect(lanes).to_be_hidden()


def test_picture_that_is_changed_stands_on_the_stage(open_page: OpenPage) -> None:
    page = open_page(
        "/?model=lenet5.mnist5k&image=example-chelsea&lens=what-if&seen=rotation_degrees*30"
    )
    stage = page.locator(".picture-frame")
    changed = stage.get_by_role("img", name="The picture as it is changed")
    expect(changed).to_be_visible()
    preview = page.locator(".edit-preview")
    assert changed.get_attribute("src") == preview.get_attribute("src")
    expect(stage).to_contain_text("changed under What if")
    page.get_by_role("button", name="As it was").click()
    expect(changed).to_be_hidden()
