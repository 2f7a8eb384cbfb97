"""The pictures of README.md and docs/guide/: what each shows, in one table.

An address is one of the microscope; `{seven}` in it is the id of the picture
docs/guide/scans/seven.png, which `scripts/write_pictures.py` uploads, as it opens the networks
`vgg_32.scanner` and the like, that docs/guide/misbehaving-network.md is about.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / "docs" / "pictures"
SCANS = ROOT / "docs" / "guide" / "scans"
LARGEST_BYTES = 250_000

# What docs/guide/misbehaving-network.md has its reader say of the network.
SCANNER_LABELS = ["one", "seven"]
SCANNER_PREPARATION: dict[str, Any] = {
    "resize": 32,
    "mean": [0.1006, 0.0846, 0.1006],
    "std": [0.2733, 0.2440, 0.2733],
}
SCANNER_NETWORKS: dict[str, dict[str, Any] | None] = {
    "assumed": None,
    "swapped": {**SCANNER_PREPARATION, "channel_order": "bgr"},
    "scanner": SCANNER_PREPARATION,
}

EYE = "layer=blocks.2.0.conv_dw&channel=53&row=9&column=7"
WHY = f"{EYE}&class=282&rival=285&lens=why"
SCANNED = "model=vgg_32.scanner&image={seven}"
LAYER = (".column-layer",)
PICTURE_AND_LAYER = (".column-picture", ".column-network", ".column-layer")

# Strokes of a seven, points as shares of the pad.
SEVEN = [(0.3, 0.24), (0.7, 0.24), (0.45, 0.8)]


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        name: of the file, without its ending.
        address: path and query.
        act: what is done on the page before it is taken.
        parts: selectors of what is shown, or all of the screen.
        width: of the screen, CSS px.
        height: of the screen, CSS px.
    """

    name: str
    address: str
    act: Callable[[Page], None] | None = None
    parts: tuple[str, ...] = ()
    width: int = 1280
    height: int = 800
    theme: Literal["light", "dark"] = field(default="light")


def draw_a_seven(page: Page) -> None:
    """Draw on the pad, and have it read."""
    page.keyboard.press("d")
    pad = page.locator(".pad-canvas")
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    expect(page.locator(".stage-layer.pad")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(".score-table .score-label").first).to_have_text("7")


def follow_to_a_pixel(page: Page) -> None:
    """Walk from the score to the largest operand, again and again."""
    page.get_by_role("button", name="Follow the largest").click()
    expect(page.get_by_text("one colour of one pixel")).to_be_visible()


def doubt_by_randomising(page: Page) -> None:
    """Have the map computed again with more and more of the network randomised."""
    page.get_by_role("button", name=re.compile("Randomise")).click()
    doubt = page.locator(".why-doubt")
    expect(doubt).to_have_attribute("aria-busy", "false")
    doubt.scroll_into_view_if_needed()


def drop_the_network(page: Page) -> None:
    """Drop the weights onto the page, and wait for what the server takes them for."""
    page.evaluate(
        """() => {
            const input = document.createElement("input");
            Object.assign(input, { type: "file", multiple: true, id: "dropped", hidden: true });
            document.body.append(input);
        }"""
    )
    page.set_input_files(
        "#dropped", [SCANS / name for name in ("scanner.safetensors", "labels.txt")]
    )
    data = page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            for (const file of document.getElementById("dropped").files) data.items.add(file);
            return data;
        }"""
    )
    page.dispatch_event("main", "dragover", {"dataTransfer": data})
    page.dispatch_event("main", "drop", {"dataTransfer": data})
    expect(page.locator(".own-verdict")).to_be_visible()


def open_an_operation(page: Page) -> None:
    """Search the documentation as a stranger would, and open what is found."""
    page.get_by_role("searchbox").first.fill("softmax")
    page.locator("summary:visible").first.click()


PICTURES = [
    Picture("workspace", "/"),
    Picture("workspace-dark", "/", theme="dark"),
    # A lecture in ten minutes.
    Picture("lecture-who-looks", f"/?{EYE}&look=110,171", parts=PICTURE_AND_LAYER),
    Picture("lecture-depth", "/?layer=blocks.3.0.conv_dw&look=110,171", parts=PICTURE_AND_LAYER),
    Picture("lecture-how", f"/?{EYE}&lens=number", parts=LAYER, height=680),
    Picture(
        "lecture-pixel",
        "/?layer=classifier&channel=282&lens=number",
        follow_to_a_pixel,
        parts=PICTURE_AND_LAYER,
    ),
    Picture("lecture-why", f"/?{WHY}", parts=LAYER),
    Picture("lecture-doubt", f"/?{WHY}", doubt_by_randomising, parts=(".why-doubt",)),
    Picture("lecture-seven", "/?model=lenet5.mnist5k", draw_a_seven),
    Picture("lecture-projector", f"/?{EYE}&view=both"),
    # A misbehaving network in ten minutes.
    Picture("network-drop", "/", drop_the_network, parts=("dialog[open]",)),
    Picture("network-assumed", "/?model=vgg_32.assumed&image={seven}", parts=(".column-picture",)),
    Picture(
        "network-channels",
        "/compare?left_model=vgg_32.scanner&right_model=vgg_32.swapped&image={seven}",
        parts=("main",),
        height=640,
    ),
    Picture("network-why", f"/?{SCANNED}&class=1&lens=why", parts=PICTURE_AND_LAYER, height=650),
    Picture(
        "network-what-if",
        f"/?{SCANNED}&class=1&lens=what-if&do=blank*24*24*31*31",
        parts=PICTURE_AND_LAYER,
        height=560,
    ),
    Picture("network-dead", f"/?{SCANNED}&layer=relu3_2&sort=maximum", parts=LAYER),
    # A program in ten minutes.
    Picture("program-docs", "/docs", open_an_operation, height=900),
]
