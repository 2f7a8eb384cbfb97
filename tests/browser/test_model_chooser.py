"""Finding a model, and what happens when its weights are not there."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from opening import OpenPage
from playwright.sync_api import Page, Route, expect
from reading import open_model, score_rows, wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
MODEL = "resnet50.imagenet1k_v2"


@pytest.fixture
def chooser(open_page: OpenPage) -> Page:
    page = open_page("/?tab=network")
    expect(page.locator(".model-button-title")).to_have_text("EfficientNet-Lite0")
    page.keyboard.press("m")
    expect(page.locator(".model-option").first).to_be_visible()
    return page


def weights_report(ask: Ask, **download: Any) -> str:
    report = ask(f"/models/{MODEL}/weights")
    present = {"received_bytes": 0, "total_bytes": 100_000_000, "detail": None, **download}
    return json.dumps({**report, "download": present})


def test_every_model_of_the_catalogue_is_listed(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.get_by_role("button", name="Model: EfficientNet-Lite0").click()
    models = ask("/models")["models"]
    shown = page.locator(".model-option-id").all_inner_texts()
    assert sorted(shown) == sorted(model["id"] for model in models)
    headings = page.locator(".model-family").all_inner_texts()
    assert sorted(headings) == sorted({model["family"] for model in models})


def test_search_finds_by_title_id_family_and_year(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.keyboard.press("m")
    search = page.get_by_role("combobox", name="Search models")
    year = str(next(m["year"] for m in ask("/models")["models"] if m["id"] == MODEL))
    for query in ["ResNet-50", MODEL, "resnet 50 v2", f"resnet50 {year}"]:
        search.fill(query)
        expect(page.get_by_role("option").filter(has_text=MODEL)).to_be_visible()
        expect(page.get_by_role("option").filter(has_text="vgg16.random")).to_be_hidden()
    search.fill("no such network")
    expect(page.get_by_text("No model matches")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("lenet", r"^lenet5\."),
        ("LeNet-5", r"^lenet5\."),
        ("resnet", r"^resnet\d+[._]"),
        ("resnet50", r"^resnet50\."),
        ("wide resnet", r"^wide_resnet"),
        ("vgg", r"^vgg_?\d+\."),
        ("alexnet", r"^alexnet\."),
        ("googlenet", r"^googlenet\."),
        ("googlenet.random", r"^googlenet\.random$"),
    ],
)
def test_the_exact_name_stands_first(chooser: Page, query: str, first: str) -> None:
    chooser.get_by_role("combobox", name="Search models").fill(query)
    shown = chooser.locator(".model-option:visible .model-option-id").all_inner_texts()
    assert re.search(first, shown[0]), shown[:8]
    active = chooser.locator('[aria-selected="true"] .model-option-id')
    expect(active).to_have_text(shown[0])
    if len(shown) > 1:
        chooser.keyboard.press("ArrowDown")
        expect(active).to_have_text(shown[1])


def test_a_name_ranks_above_a_word_above_a_part(open_page: OpenPage) -> None:
    page = open_page("/docs")
    order = page.evaluate(
        """async () => {
            const { irrelevance } = await import("/static/js/models/search.js");
            const model = (title, id) => ({ title, id, architecture: id.split(".")[0] });
            const models = [
                model("GoogLeNet", "googlenet.random"),
                model("My Lenet", "mine"),
                model("Lenetish", "other"),
                model("LeNet", "a.b"),
                model("SE-Lenetish", "c.d"),
                model("LeNet-5", "lenet5.mnist5k"),
                model("Paper of 1998", "e.f"),
            ];
            const by = (one, other) => irrelevance(one, "lenet") - irrelevance(other, "lenet");
            return models.sort(by).map(({ title }) => title);
        }"""
    )
    assert order == [
        *("LeNet", "LeNet-5", "My Lenet", "Lenetish", "SE-Lenetish", "GoogLeNet"),
        "Paper of 1998",
    ]


def test_arrows_and_enter_open_a_model(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill("random resnet18")
    second = page.get_by_role("option").locator("visible=true").nth(0)
    expected = second.locator(".model-option-id").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).to_have_url(re.compile(re.escape(f"model={expected}")))
    expect(page.locator(".model-button-id")).to_have_text(expected)


def test_escape_leaves_the_model_as_it_was(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill("vgg")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".model-button-title")).to_have_text("EfficientNet-Lite0")


def test_missing_weights_are_offered_with_file_size_source_and_licence(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    open_model(page, MODEL)
    offer = page.get_by_role("region", name="Weights")
    weights = ask(f"/models/{MODEL}/weights")
    for text in (weights["file_name"], weights["source"], weights["licence"]):
        expect(offer).to_contain_text(text)
    expect(offer.get_by_role("button", name=re.compile(r"Download \d"))).to_be_visible()
    offer.get_by_text("Or put the file there yourself").click()
    for directory in weights["directories"]:
        expect(offer).to_contain_text(directory)
    expect(page.locator(".score-table")).to_be_hidden()


def test_failed_download_is_explained_and_random_weights_take_over(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_page(f"/?model={MODEL}")
    offer = page.get_by_role("region", name="Weights")
    offer.get_by_role("button", name=re.compile("^Download")).click()
    alert = offer.get_by_role("alert")
    expect(alert).to_contain_text(ask(f"/models/{MODEL}/weights")["file_name"], timeout=60_000)
    expect(offer.get_by_role("button", name="Try the download again")).to_be_visible()
    offer.get_by_role("button", name="Use random weights instead").click()
    expect(page.get_by_text("Random weights: these scores mean nothing yet")).to_be_visible(
        timeout=30_000
    )
    wait_for_scores(page)
    expect(page).to_have_url(re.compile(r"model=resnet50\.random"))
    expect(score_rows(page)).to_have_count(5)


def test_download_shows_its_progress_and_can_be_cancelled(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    running = weights_report(ask, state="running", received_bytes=25_000_000)
    cancelled = weights_report(ask, state="cancelled", received_bytes=25_000_000)

    def answer(route: Route) -> None:
        body = cancelled if route.request.method == "DELETE" else running
        route.fulfill(status=200, content_type="application/json", body=body)

    page.route(f"**/models/{MODEL}/weights", answer)
    page.route(f"**/models/{MODEL}/weights/events", lambda _: None)
    open_model(page, MODEL)
    offer = page.get_by_role("region", name="Weights")
    expect(offer).to_contain_text("25.0\u202fMB of 100.0\u202fMB · 25\u202f%")
    assert offer.get_by_role("progressbar").evaluate("(bar) => bar.value") == pytest.approx(0.25)
    offer.get_by_role("button", name="Cancel").click()
    expect(offer.get_by_role("button", name=re.compile("^Download"))).to_be_visible()


def test_events_of_a_download_move_its_bar(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    reports = {
        "running": weights_report(ask, state="running", received_bytes=70_000_000),
        "failed": weights_report(ask, state="failed", detail="The disk is full."),
    }
    stream = "".join(f"event: {name}\ndata: {body}\n\n" for name, body in reports.items())
    page.route(
        f"**/models/{MODEL}/weights",
        lambda route: route.fulfill(content_type="application/json", body=reports["running"]),
    )
    page.route(
        f"**/models/{MODEL}/weights/events",
        lambda route: route.fulfill(content_type="text/event-stream", body=stream),
    )
    open_model(page, MODEL)
    offer = page.get_by_role("region", name="Weights")
    expect(offer.get_by_role("alert")).to_have_text("The disk is full.")
    expect(offer.get_by_role("button", name="Try the download again")).to_be_visible()


def test_unknown_model_is_explained_with_a_way_out(open_page: OpenPage, complaints: Any) -> None:
    complaints.expect("status of 404 .*resnet51")
    page = open_page("/?model=resnet51")
    alert = page.locator("#scores").get_by_role("alert")
    expect(alert).to_contain_text("resnet51")
    # Nothing else pretends that there is something to show, or that something is on its way.
    expect(page.locator("#stage")).to_contain_text("No network is open")
    expect(page.locator(".network-notice")).to_contain_text("No network is open")
    expect(page.get_by_label("Number of classes")).to_be_hidden()
    expect(page.get_by_text("…", exact=True)).to_have_count(0)
    alert.get_by_role("button", name="Open the default model").click()
    wait_for_scores(page, label="tiger cat")


def test_request_can_be_copied_as_code(open_page: OpenPage, server: str) -> None:
    page: Page = open_page("/?top=3", permissions=["clipboard-read", "clipboard-write"])
    wait_for_scores(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    url = f"{server}/api/v1/models/efficientnet_lite0.imagenet1k/predictions"
    assert copied == f"curl '{url}?image=example-chelsea&top=3'"
