"""The page of the HTTP interface: it shows everything that the server offers."""

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from docs_page import field, open_docs, operation, send
from opening import Complaints, OpenPage
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]

PHONE = {"width": 390, "height": 844}


# What each section shows, in one question to the browser: asking for each by itself takes long.
SECTIONS = """() => [...document.querySelectorAll(".docs-operation")].map((section) => ({
    call: section.querySelector("form").ariaLabel,
    summary: section.querySelector("h3").firstChild.textContent,
    fields: [...section.querySelectorAll("form :is(input, select, textarea)")]
        .filter((control) => control.checkVisibility())
        .flatMap((control) => [...control.labels].map((label) => label.innerText)),
    statuses: [...section.querySelectorAll(".docs-problem-status")].map((node) => node.innerText),
}))"""


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
    expect(page.locator(".docs-index-link")).to_have_count(len(documented))
    sections = {section["call"]: section for section in page.evaluate(SECTIONS)}
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
    section = operation(page, "GET /api/v1/models/{model_id}/input")
    expect(section.get_by_role("heading", name=what["summary"])).to_be_in_viewport()
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
    search.fill("npy tensor")
    search.press("Enter")
    expect(visible).to_have_count(total)
    expect(operation(page, "GET /api/v1/models/{model_id}/input")).to_be_focused()


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
    page.locator(".docs-index-list > summary").click()
    expect(page.locator(".docs-index-link").first).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("document.documentElement.clientWidth")


def test_every_control_has_a_name_of_its_own(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    doubled = page.evaluate(
        """() => {
            const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
            return ids.filter((id, place) => ids.indexOf(id) !== place);
        }"""
    )
    assert doubled == []
    sends = page.get_by_role("button", name="Send")
    names = [button.get_attribute("aria-label") for button in sends.all()]
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
