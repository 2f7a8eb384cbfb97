"""Reading and using the page of the HTTP interface as a person does."""

import json
import re
from typing import Any

from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

ANSWER_MS = 30_000  # a busy machine takes its time for a first look through a network


def open_docs(open_page: OpenPage, path: str = "/docs", **options: Any) -> Page:
    page = open_page(path, **options)
    expect(page.locator(".docs-operation").first).to_be_visible()
    return page


def operation(page: Page, call: str) -> Locator:
    """The section of an operation, by its method and path; opened, if it is not."""
    method, path = call.split()
    section = page.locator(".docs-operation").filter(
        has=page.locator(f".docs-method.is-{method.lower()}"),
    )
    section = section.filter(
        has=page.locator(".docs-path", has_text=re.compile(f"^{re.escape(path)}$"))
    )
    expect(section).to_have_count(1)
    if section.get_attribute("open") is None:
        section.locator(":scope > summary").click()
    expect(section.get_by_role("form", name=f"Request {call}", exact=True)).to_be_visible()
    return section


def field(section: Locator, name: str) -> Locator:
    return section.get_by_label(name, exact=True)


def send(section: Locator, status: str) -> Locator:
    """Send what the form holds; the answer, once it has this status."""
    section.get_by_role("button", name="Send").click()
    reply = section.locator(".docs-reply")
    expect(reply.locator(".docs-status")).to_have_text(status, timeout=ANSWER_MS)
    return reply


def body_of(reply: Locator) -> Any:
    return json.loads(reply.get_by_label("Body of the answer").inner_text())
