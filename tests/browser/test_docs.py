"""The page of the HTTP interface: it shows everything that the server offers."""

import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from docs_page import field, open_docs, operation, send
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]

PHONE = {"width": 390, "height": 844}


# What each section has once it is built, in one question to the browser: asking for each by itself
# takes long.
SECTIONS = """() => [...document.querySelectorAll(".docs-operation")].map((section) => ({
    call: section.querySelector("form").ariaLabel,
    summary: section.querySelector("h3").textContent,
    fields: [...section.querySelectorAll("form :is(input, select, textarea)")]
        .flatMap((control) => [...control.labels].map((label) => label.textContent)),
    statuses: [...section.querySelectorAll(".docs-problem-status")].map((node) => node.textContent),
    code: section.querySelector("[aria-label='The request as a Python program']").textContent,
}))"""
# The marks of code that stand in a sentence as they came.
MARKS = """() => [...document.querySelectorAll(".docs-operation p")]
    .map((sentence) => sentence.textContent).filter((text) => text.includes("`"))"""
OPEN_ALL = """() => {
    for (const section of document.querySelectorAll(".docs-operation")) section.open = true;
}"""


def opened_whole(page: Page) -> list[dict[str, Any]]:
    """What every operation shows once it is opened."""
    page.evaluate(OPEN_ALL)
    expect(page.locator(".docs-operation:not([data-built=whole])")).to_have_count(0)
    return page.evaluate(SECTIONS)


def test_every_operation_is_on_the_page_with_all_it_takes_and_answers(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_docs(open_page)
    paths = ask("/openapi.json")["paths"]
    documented = [
        (method.upper(), path, what) for path, on in paths.items() for method, what in on.items()
    ]
    assert len(documented) > 10
    expect(page.locator(".docs-operation")).to_have_count(len(documented))
    sections = {section["call"]: section for section in opened_whole(page)}
    for method, path, what in documented:
        section = sections[f"Request {method} {path}"]
        assert section["summary"] == what["summary"]
        for parameter in what.get("parameters", []):
            assert parameter["name"] in section["fields"], (method, path)
        expected = [
            status
            for status, answer in what["responses"].items()
            for slug in answer.get("content", {})
            .get("application/problem+json", {})
            .get("examples", {})
        ]
        assert sorted(section["statuses"]) == sorted(expected)
    assert page.evaluate(MARKS) == []


def test_only_what_is_opened_is_built(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    assert page.evaluate("document.querySelectorAll('*').length") < 2_000
    assert page.evaluate("document.documentElement.scrollHeight") < 8_000
    expect(page.locator(".docs-operation form")).to_have_count(0)
    operation(page, "GET /healthz")
    expect(page.locator(".docs-operation form")).to_have_count(1)
    # The address leads back to it.
    expect(page).to_have_url(re.compile("/docs#healthz$"))
    page.reload()
    expect(page.locator("#healthz form")).to_be_visible()


def test_page_reads_without_scripts(open_page: OpenPage, ask: Ask) -> None:
    page = open_docs(open_page, java_script_enabled=False)
    what = ask("/openapi.json")["paths"]["/api/v1/models/{model_id}/input"]["get"]
    section = page.locator(f"#{what['operationId']}")
    names = section.locator(".docs-names")
    expect(names).to_be_hidden()
    section.locator("summary").click()
    # What the browser's own search finds too: it looks into what is folded.
    expect(names).to_contain_text("model_id, image, format, turn, preparation")
    expect(names).to_contain_text("unknown-image")
    expect(page.locator("noscript .notice")).to_be_visible()


def test_send_and_its_answer_stand_together(open_page: OpenPage) -> None:
    page = open_docs(open_page, "/docs#get_predictions")
    section = operation(page, "GET /api/v1/models/{model_id}/predictions")
    button = section.get_by_role("button", name="Send")
    for width, height in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        reply = send(section, "200 OK")
        boxes = [each.bounding_box() for each in (section.locator("form"), button, reply)]
        form, sent, answer = [box for box in boxes if box]
        gap = answer["y"] - (sent["y"] + sent["height"])
        assert 0 <= gap < 40
        if width == 1280:
            assert sent["x"] > form["x"] + form["width"]
            assert sent["y"] < form["y"] + form["height"]
        else:
            assert sent["y"] >= form["y"] + form["height"]
            assert sent["x"] == pytest.approx(form["x"], abs=8)


def test_options_are_those_of_the_chosen_method(open_page: OpenPage, ask: Ask) -> None:
    methods = ask("/models/lenet5.mnist5k/attributions")["methods"]
    all_options = {option["name"] for method in methods for option in method["options"]}
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/attributions/{method}")
    section.get_by_text("more that may be sent").click()
    code = section.get_by_label("The request as a curl command")
    for method in methods:
        field(section, "method").select_option(method["name"])
        own = {option["name"] for option in method["options"]}
        for name in all_options:
            expect(field(section, name)).to_be_visible(visible=name in own)
        expect(field(section, "layer")).to_be_visible(visible=method["uses_layer"])
        for option in method["options"]:
            default = str(option["default"]).lower() if option["kind"] == "boolean" else None
            shown = default or f"{option['default']}".removesuffix(".0")
            expect(field(section, option["name"])).to_have_accessible_description(
                re.compile(rf", {re.escape(shown)} if not sent, optional$")
            )
    # What was typed for one method is not sent to another.
    field(section, "method").select_option("smoothgrad")
    field(section, "samples").fill("7")
    expect(code).to_contain_text("samples=7")
    field(section, "method").select_option("grad_cam")
    expect(code).not_to_contain_text("samples")


def test_form_fields_say_their_type_place_default_and_choices(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/input")
    expect(field(section, "image")).to_have_accessible_description("string, in the query, required")
    form = field(section, "format")
    expect(form).to_have_accessible_description(
        "json or npy or png, in the query, png if not sent, optional"
    )
    assert [text for text in form.locator("option").all_inner_texts() if "(" not in text] == [
        "json",
        "npy",
        "png",
    ]


def test_link_to_an_operation_opens_there(open_page: OpenPage, ask: Ask) -> None:
    what = ask("/openapi.json")["paths"]["/api/v1/models/{model_id}/input"]["get"]
    page = open_docs(open_page, f"/docs#{what['operationId']}")
    section = page.locator(f"#{what['operationId']}")
    expect(section.get_by_role("form")).to_be_visible()
    expect(section.locator(":scope > summary")).to_be_in_viewport()
    expect(section).to_be_focused()


def test_search_keeps_what_matches_and_a_link_ends_it(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    total = page.locator(".docs-operation").count()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search operations")
    expect(search).to_be_focused()
    search.fill("bad-image predictions")
    visible = page.locator(".docs-operation:visible")
    expect(visible).to_have_count(1)
    expect(visible).to_contain_text("/api/v1/predictions")
    expect(page.get_by_text(f"1 of {total}")).to_be_visible()
    search.fill("zebra crossing")
    expect(visible).to_have_count(0)
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    search.press("Escape")
    expect(visible).to_have_count(total)
    search.fill("input tensor")
    search.press("Enter")
    section = page.locator("#get_input")
    expect(section).to_be_focused()
    expect(section.get_by_role("form")).to_be_visible()
    page.evaluate("location.hash = 'healthz'")
    expect(visible).to_have_count(total)


# What people type, and the operation that they want then, among the first of those shown.
CALLED = {
    "grad-cam": "get_attribution",
    "Grad CAM": "get_attribution",
    "saliency": "get_attribution",
    "heatmap": "get_attribution",
    "softmax": "get_predictions",
    "feature map": "get_activations",
    "receptive field": "get_receptive_field",
    "upload": "upload_image",
    "occlusion": "get_occlusion",
    "weights": "get_filters",
    "neuron": "get_unit",
    "batch normalisation": "get_model",
    "deep dream": "get_maximisation",
    "sanity check": "get_randomisation",
}


def test_search_knows_what_people_call_things(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    search = page.get_by_role("searchbox", name="Search operations")
    shown = "(all) => all.filter((each) => !each.hidden).map((each) => each.id)"
    for words, wanted in CALLED.items():
        search.fill(words)
        found = page.locator(".docs-operation").evaluate_all(shown)
        assert wanted in found, words
        assert len(found) <= 24, words
    search.fill("weights")
    called = len(page.locator(".docs-operation").evaluate_all(shown))
    # Nearly all may answer with a problem of that name; they are a click away.
    page.get_by_role("button", name="more mention it").click()
    assert len(page.locator(".docs-operation").evaluate_all(shown)) > called + 20


def test_page_without_its_document_says_so(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")
    page = open_docs(open_page, routed=True)
    page.route("**/openapi.json", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")


def test_phone_needs_no_sideways_scroll(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("status of 404")
    page = open_docs(open_page, viewport=PHONE)
    send(operation(page, "GET /api/v1/models/{model_id}/predictions"), "200 OK")
    wrong = operation(page, "GET /api/v1/models/{model_id}")
    field(wrong, "model_id").fill("a" * 200)
    send(wrong, "404 Not Found")
    expect(page.locator(".docs-index-link").first).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("document.documentElement.clientWidth")


def test_every_control_has_a_name_of_its_own(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    opened_whole(page)
    doubled = page.evaluate(
        """() => {
            const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
            return ids.filter((id, place) => ids.indexOf(id) !== place);
        }"""
    )
    assert doubled == []
    names = page.get_by_role("button", name="Send").evaluate_all(
        "(buttons) => buttons.map((button) => button.ariaLabel)"
    )
    assert len(names) == page.locator(".docs-operation").count()
    assert len(set(names)) == len(names)


def test_policy_of_the_page_allows_no_inline_script(server: str) -> None:
    with urllib.request.urlopen(f"{server}/docs", timeout=60) as answer:
        policy = answer.headers["Content-Security-Policy"]
        markup = answer.read().decode()
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "style=" not in markup
    assert "<style" not in markup
