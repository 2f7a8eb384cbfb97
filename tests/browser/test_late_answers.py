"""What failed, or came late, leaves nothing of the former picture, network or step there."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from answering import fail, hold, let_go, wait_for_held
from opening import Complaints, OpenPage
from playwright.sync_api import Route, expect
from reading import wait_for_scores


class TestWhatIf:
    LENS = "/?lens=what-if&tab=layer&do=off*bn2.act*112"

    def test_nothing_of_the_former_picture_stands_while_the_next_is_looked_at(
        self, open_page: OpenPage
    ) -> None:
        page = open_page(self.LENS, routed=True)
        scores = page.locator(".what-if-scores")
        expect(scores).to_contain_text("Computed anew")
        wait_for_held(page, r"/predictions\?", lambda: page.keyboard.press("e"))
        expect(page).to_have_url(re.compile("image=example-coffee"))
        expect(scores).to_have_attribute("aria-busy", "true")
        expect(scores.locator("tbody tr")).to_have_count(0)
        expect(scores).not_to_contain_text("Computed anew")

    def test_nothing_of_the_former_picture_stays_when_the_next_fails(
        self, open_page: OpenPage, complaints: Complaints
    ) -> None:
        complaints.expect("422")
        page = open_page(f"{self.LENS}&seen=brightness*0.5", routed=True)
        scores = page.locator(".what-if-scores")
        expect(scores).to_contain_text("Computed anew")
        fail(page, r"/predictions\?")
        page.keyboard.press("e")
        expect(page.locator("#scores")).to_contain_text("No scores of this.")
        expect(scores).to_have_attribute("aria-busy", "false")
        expect(scores.locator("tbody tr")).to_have_count(0)
        # Nor the former picture as it was changed.
        preview = page.locator(".edit-preview")
        expect(preview).to_have_attribute("src", re.compile("example-coffee"))
        expect(page.get_by_role("button", name="Look at it everywhere")).to_be_disabled()

    def test_a_problem_leaves_with_its_network(
        self, open_page: OpenPage, complaints: Complaints
    ) -> None:
        complaints.expect("422")
        page = open_page("/?lens=what-if&tab=layer&do=off*bn2.act*5000", routed=True)
        alert = page.locator(".what-if-scores [role=alert]")
        expect(alert).to_contain_text("0-1279")
        hold(page, r"/predictions\?")
        page.evaluate(
            """() => {
                history.pushState(null, "", "/?lens=what-if&tab=layer&model=lenet5.mnist5k");
                dispatchEvent(new PopStateEvent("popstate"));
            }"""
        )
        expect(page.locator(".model-button-id")).to_have_text("lenet5.mnist5k")
        expect(alert).to_be_hidden()


class TestLooksFor:
    def test_patches_of_the_former_picture_come_too_late(
        self, open_page: OpenPage, complaints: Complaints
    ) -> None:
        complaints.expect("422")
        page = open_page("/?lens=filters&tab=layer&layer=conv_stem&channel=3", routed=True)
        tiles = page.locator(".patch-tile")
        expect(tiles).not_to_have_count(0)
        held = wait_for_held(page, r"/patches\?.*example-coffee", lambda: page.keyboard.press("e"))
        wait_for_scores(page)
        fail(page, r"/predictions\?")
        page.keyboard.press("e")
        expect(page.locator("#scores")).to_contain_text("No scores of this.")
        let_go(page, held)
        expect(tiles).to_have_count(0)


@pytest.mark.parametrize("outcome", ["loading", "stopped", "problem"])
def test_keys_select_no_layer_of_the_former_network(
    open_page: OpenPage, complaints: Complaints, outcome: str
) -> None:
    complaints.expect("422")
    former = re.compile("EfficientNet")
    document = "/api/v1/models/resnet18.random$"

    def leave_out(route: Route) -> None:
        answer = route.fetch()
        models = answer.json()
        models["models"] = [each for each in models["models"] if each["id"] != "resnet18.random"]
        route.fulfill(response=answer, body=json.dumps(models))

    page = open_page("/docs", routed=True)
    page.route(re.compile("/api/v1/models$"), leave_out)
    page.goto(page.url.replace("/docs", "/?tab=network"))
    wait_for_scores(page)
    expect(page.locator("#model-button")).to_have_text(former)
    if outcome == "problem":
        fail(page, document)
    else:
        hold(page, document)
    with page.expect_request(re.compile(document)):
        page.evaluate(
            """() => {
                history.pushState(null, "", "/?tab=network&model=resnet18.random");
                dispatchEvent(new PopStateEvent("popstate"));
            }"""
        )
    if outcome == "stopped":
        page.keyboard.press("Escape")
        expect(page.locator("#scores")).to_contain_text("Stopped.")
    elif outcome == "problem":
        expect(page.locator("#scores")).to_contain_text("No scores of this.")
    for key in ("]", "["):
        page.keyboard.press(key)
    assert "layer=" not in page.url
    expect(page.locator("#model-button")).not_to_have_text(former)


def test_scores_and_templates_of_another_step_leave_when_a_step_fails(
    open_page: OpenPage, complaints: Complaints, server: str, ask: Callable[[str], Any]
) -> None:
    complaints.expect("422")
    page = open_page("/train", routed=True)
    choice = {"architecture": "softmax", "data": "digits", "engine": "numpy", "epochs": 1}
    answer = page.request.post(f"{server}/api/v1/training/runs", data=choice)
    run = answer.json()["id"]
    page.goto(f"{server}/train?run={run}")
    expect(page.locator(".train-state")).to_have_text("Finished", timeout=120_000)
    last = ask(f"/training/runs/{run}/checkpoints")["checkpoints"][-1]
    scores = page.locator("#sample .train-scores")
    expect(scores).to_have_attribute("data-model", last["model"])
    expect(page.locator(f'#templates canvas[data-step="{last["step"]}"]')).to_be_visible()
    fail(page, "/predictions|/templates")
    page.get_by_role("slider", name="Checkpoint").press("Home")
    expect(page.locator(".train-which")).to_contain_text("step 0")
    for part in ("#sample", "#templates"):
        expect(page.locator(part)).to_contain_text("No scores of this.")
        expect(page.locator(f"{part} .train-caption")).to_have_css("visibility", "hidden")
    expect(scores.locator("li")).to_have_count(0)
    expect(page.locator("#sample .train-tiles")).to_be_hidden()
    expect(page.locator("#sample .train-seen")).to_be_hidden()
    expect(page.locator("#templates canvas[data-step]")).to_have_count(0)
    assert page.locator("#templates canvas").evaluate("({width, height}) => [width, height]") == [
        1,
        1,
    ]
