"""What a person does first, in three engines: the same numbers, in as many clicks as promised."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engines.engine import Engine
from maps_page import Array, fetch_npy
from PIL import Image
from way_down import walk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    # What drives Firefox and WebKit asks in old ways, and leaves sockets to be collected.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]

Ask = Callable[[str], Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
CHELSEA = "example-chelsea"
LAYER = "blocks.2.0.conv_dw"  # what the page opens on
DEEPEST = "blocks.6.0.conv_dw"  # the last whose units see more than those before
EYE = (110, 171)  # row and column in Chelsea's picture
SEVEN = [(0.3, 0.24), (0.7, 0.24), (0.45, 0.8)]

# The first row of the scores, once that class has the highest.
SCORES = """
const table = document.querySelector("#scores");
const best = table.querySelector(".score-table tbody tr");
if (table.getAttribute("aria-busy") !== "false" || !best) return null;
const label = best.querySelector(".score-label").textContent;
return label === arguments[0] ? best.innerText : null;
"""
ADDRESS = "return new URLSearchParams(location.search).get(arguments[0])"
SAID = """
const said = document.querySelector(arguments[0])?.innerText ?? "";
return said.includes(arguments[1]) ? said : null;
"""
PIXELS = """
const canvas = document.querySelector(arguments[0]);
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
return [canvas.height, canvas.width, [...data]];
"""


@pytest.fixture
def opened(engine: Engine, server: str) -> Engine:
    """The page as anybody meets it, once it has analysed its picture."""
    engine.open(f"{server}/")
    engine.until(SCORES, "tiger cat")
    engine.until(ADDRESS, "channel")
    return engine


def said_number(text: str, before: str) -> float:
    found = re.search(rf"{re.escape(before)}\s*([−-]?[\d.]+)", text)
    assert found is not None, text
    return float(found[1].replace("−", "-"))


def pixels(engine: Engine, selector: str) -> Array:
    height, width, data = engine.run(PIXELS, selector)
    return np.array(data, dtype=np.int64).reshape(height, width, 4)


def test_opens_with_scores(opened: Engine) -> None:
    assert "9.24" in opened.until(SCORES, "tiger cat")


def test_why_this_class_and_not_that(opened: Engine, ask: Ask) -> None:
    opened.click("#scores tbody button", "tiger cat")
    opened.click(".why-rival", "Egyptian cat")
    said = opened.until(SAID, ".why-said", "Its logit is")
    assert opened.clicks == 2

    top = ask(f"/models/{DEFAULT}/predictions?image={CHELSEA}&top=2")["classes"]
    logits = {each["label"]: each["logit"] for each in top}
    difference = logits["tiger cat"] - logits["Egyptian cat"]
    assert "Red speaks for tiger cat rather than Egyptian cat" in said
    assert said_number(said, "Its logit is") == pytest.approx(difference, abs=6e-4)
    shares = opened.until(SAID, ".why-shares", "What speaks for tiger cat rather than Egyptian")
    logit = ask(f"/models/{DEFAULT}/decomposition?image={CHELSEA}&class=282&rival=285")
    assert logit["logit"] == pytest.approx(difference, abs=1e-5)
    assert str(logit["shares"][0]["channel"]) in shares
    # A map of it lies over the picture, red and blue.
    opened.until('return document.querySelector(".why-card[data-phase=ready] .why-heat")')
    red, _, blue, strength = np.moveaxis(
        pixels(opened, ".why-card[data-phase=ready] .why-heat"), 2, 0
    )
    strong = strength > 60
    assert (red > blue)[strong].any()
    assert (red < blue)[strong].any()


def test_which_channel_looks_at_the_eye(
    opened: Engine, ask: Ask, server: str, examples: Path
) -> None:
    size = next(each for each in ask("/examples")["examples"] if each["id"] == CHELSEA)
    at = ((EYE[1] + 0.5) / size["width"], (EYE[0] + 0.5) / size["height"])
    opened.click(".picture-frame .look-layer", at=at)
    opened.until('return document.querySelectorAll(".look-panel .look-card").length === 8')
    assert opened.clicks == 1

    place = opened.until("""
        const said = document.querySelector(".look-where").innerText;
        const found = /place (\\d+), (\\d+) of/.exec(said);
        return found && [Number(found[1]), Number(found[2])];
    """)
    maps = fetch_npy(server, DEFAULT, LAYER, CHELSEA).astype(np.float64)
    values = maps[:, place[0], place[1]]
    spread = maps.std((1, 2))
    away = values - maps.mean((1, 2))
    deviations = np.divide(away, spread, out=np.full_like(away, -np.inf), where=spread > 0)
    order = np.argsort(-deviations)[:8]
    assert order[0] == 53
    channels = opened.run(
        'return [...document.querySelectorAll(".look-card")].map((card) => card.dataset.channel)'
    )
    assert channels == [str(channel) for channel in order]
    first = opened.text(".look-card")
    assert f"{values[53]:.2f}" in first
    assert f"{deviations[53]:.1f} σ" in first

    # The patch that it saw is that part of the picture.
    box = json.loads(
        opened.until('return document.querySelector(".look-patch canvas").dataset.box')
    )
    seen = pixels(opened, ".look-patch canvas")
    assert box["top"] <= EYE[0] <= box["bottom"]
    assert box["left"] <= EYE[1] <= box["right"]
    with Image.open(examples / "chelsea.png") as picture:
        corners = (box["left"], box["top"], box["right"], box["bottom"])
        part = picture.convert("RGB").resize(
            seen.shape[1::-1], Image.Resampling.NEAREST, box=corners
        )
    # The middles of its pixels: engines do not agree on which one an edge belongs to.
    differences = np.abs(seen[..., :3] - np.asarray(part, dtype=np.int64))
    assert np.median(differences) <= 1


def test_a_number_leads_down_to_the_pixels(opened: Engine, ask: Ask, server: str) -> None:
    unit = [opened.run(ADDRESS, name) for name in ("layer", "channel", "row", "column")]
    opened.click("[role=tab]", "How")
    opened.click("button", "Follow the largest")
    opened.until(SAID, ".trail-said", "one colour of one pixel")
    assert opened.clicks == 2

    way = walk(ask, DEFAULT, CHELSEA, (unit[0], *map(int, unit[1:])))
    (layer, channel, row, column), value = way[-1]
    assert layer == "input"
    named = opened.until("""
        const lens = document.querySelector("#lens-number");
        return lens.getAttribute("aria-busy") === "false" && lens.dataset.unit;
    """)
    assert named == f"input {channel} {row} {column}"
    shown = opened.run('return document.querySelector("#lens-number .number-value").dataset.value')
    assert float(shown) == value
    # As the network was given it.
    given = fetch_npy(server, DEFAULT, "input", CHELSEA)
    assert np.float32(value) == given[channel, row, column]
    assert pixels(opened, ".pixel-canvas")[..., 3].all()


def test_the_field_grows_with_the_depth(opened: Engine, ask: Ask) -> None:
    opened.run("""
        window.boxes = [];
        const overlay = document.querySelector(".field-overlay");
        const outline = overlay.querySelector(".field-theory");
        const note = () => {
          const { theoretical } = overlay.dataset;
          const height = outline.getBBox().height * outline.getScreenCTM().d;
          if (theoretical) window.boxes.push([JSON.parse(theoretical), height]);
        };
        note();
        new MutationObserver(note).observe(overlay, { subtree: true, attributes: true });
    """)
    opened.click(".depth button", "Play")
    layers = {each["id"]: each for each in ask(f"/models/{DEFAULT}")["layers"]}
    first, last = (layers[name]["receptive_field"]["size"]["height"] for name in (LAYER, DEEPEST))
    opened.until(SAID, ".depth", f"{DEEPEST}\nfield {last} px, wider than 224")
    assert opened.clicks == 1

    boxes = opened.run("return window.boxes")
    fields = [box["bottom"] - box["top"] for box, _ in boxes]
    assert (fields[0], fields[-1]) == (first, last)
    # Pace by pace, on the screen as in numbers: 300 rows of the picture stand there.
    assert all(one <= other for one, other in pairwise(fields))
    assert len(set(fields)) > 5
    per_px = boxes[0][1] / fields[0]
    assert [height for _, height in boxes] == pytest.approx(
        [per_px * each for each in fields], abs=1
    )
    assert per_px > 0.5


def test_is_this_map_to_be_trusted(engine: Engine, ask: Ask, server: str) -> None:
    engine.open(f"{server}/?methods=grad_cam")
    engine.until(SCORES, "tiger cat")
    engine.click("[role=tab]", "Why")
    engine.click("button", "Test it")
    said = engine.until(SAID, ".why-verdict", "With all weights random")
    assert engine.clicks == 2

    found = ask(f"/models/{DEFAULT}/attributions/grad_cam/randomisation?image={CHELSEA}&class=282")
    likeness = found["stages"][-1]["spearman_absolute"]
    assert said_number(said, "rank correlation") == pytest.approx(likeness, abs=0.006)
    assert abs(likeness) < 0.99


def test_a_drawn_seven_is_read_and_its_filters_are_seen(opened: Engine) -> None:
    opened.click("button", "Draw")
    opened.until(SAID, ".pad-still", "A handwritten 3")
    opened.drag(".pad-canvas", SEVEN)
    opened.until(SCORES, "7")
    opened.click("[role=tab]", "Filters")
    said = opened.until(SAID, "#lens-filters", "kernels")
    assert opened.clicks <= 3
    assert "6 kernels of 5 × 5" in said
    opened.until(
        "return document.querySelector('#lens-filters .filter-grid canvas:not(.map-overlay)')"
    )
    painted = pixels(opened, "#lens-filters .filter-grid canvas:not(.map-overlay)")
    assert len(np.unique(painted.reshape(-1, 4), axis=0)) > 20


def test_an_own_photograph(opened: Engine, ask: Ask, examples: Path) -> None:
    # The window in which a file is chosen is the system's.
    opened.run("""
        window.asked = 0;
        document.addEventListener("click", (event) => {
          if (!event.target.matches("input[type=file]")) return;
          event.preventDefault();
          window.asked += 1;
        }, true);
    """)
    opened.click("button", "Upload")
    opened.until("return window.asked === 1")
    opened.choose_file(".column-picture input[type=file]", examples / "coffee.png")
    best = opened.until(SCORES, "espresso")
    assert opened.clicks == 1

    expected = ask(f"/models/{DEFAULT}/predictions?image=example-coffee&top=1")["classes"][0]
    assert f"{expected['probability'] * 100:.2f}" in best
    assert f"{expected['logit']:.2f}" in best
    assert "coffee.png" in opened.until(SAID, "#picture-caption", "coffee.png")
