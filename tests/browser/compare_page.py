"""What tests do on the page that puts two networks or two pictures beside each other."""

import re

from playwright.sync_api import Locator, Page, expect


def network_button(page: Page, side: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^Network on the {side}: "))


def choose_network(page: Page, side: str, model_id: str) -> None:
    """Open a network on one side, through the chooser that searches."""
    network_button(page, side).click()
    search = page.get_by_role("combobox", name="Search models")
    search.fill(model_id)
    page.locator(".model-option-id").get_by_text(model_id, exact=True).click()
    expect(network_button(page, side)).to_contain_text(model_id)


def map_of(page: Page, side: str) -> Locator:
    return page.locator(f"#{side} .part-map .compare-map")


def reason_of(page: Page, side: str) -> Locator:
    return page.locator(f"#{side} .part-why .compare-frame")
