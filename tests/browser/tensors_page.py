"""Chapter 1 of the course, and the picture that it is about."""

import json
import urllib.request

import numpy as np
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

GUESSED = "guess=alike:bright&image=example-chelsea"
# Corners of the patches over the eyes of the example: the first is where the chapter opens.
A, EYE = (20, 17), (25, 46)


def opened(open_page: OpenPage, query: str = "", **options) -> Page:
    page = open_page(f"/learn/tensors?{GUESSED}{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    expect(page.locator("[data-figure=best]")).not_to_be_empty()
    return page


def picture_of(server: str, image: str = "example-chelsea") -> np.ndarray:
    with urllib.request.urlopen(f"{server}/api/v1/images/{image}/pixels?size=64") as answer:
        return np.array(json.load(answer)["pixels"]) / 255


def patch(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    return picture[:, row : row + 8, column : column + 8]


def number(node: Locator) -> float:
    return float(node.get_attribute("data-value") or "nan")


def slot(page: Page, formula: str, name: str) -> float:
    return number(page.locator(f"[data-formula='tensors.{formula}'] [data-slot={name}]").first)


def expect_slot(page: Page, formula: str, name: str, value: float) -> None:
    """Wait for the answer to what was last moved."""
    found = page.locator(f"[data-formula='tensors.{formula}'] [data-slot={name}]").first
    page.wait_for_function(
        "([node, value]) => Math.abs(node.dataset.value - value) <= 1e-6 * Math.max(1, value)",
        arg=[found.element_handle(), value],
    )


def drag(page: Page, frame: Locator, rows: int, columns: int) -> None:
    """By so many of the picture's 64 rows and columns."""
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box
    px = box["width"] / 8
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + columns * px, y + rows * px, steps=4)
    page.mouse.up()
