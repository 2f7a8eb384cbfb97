"""The maps on the page, read back from the canvas, and the arrays that they stand for."""

import io
import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect
from reading import ANSWER_MS

Array = npt.NDArray[Any]
GRID = ".map-grid canvas:not(.map-overlay)"
ON_AN_EDGE = 0.02
PINNED = ".pinned-maps canvas:not(.map-overlay)"


def parameter(page: Page, name: str) -> str | None:
    """Of the address as it is now; `page.url` follows a moment later."""
    query = urllib.parse.parse_qs(page.evaluate("location.search").removeprefix("?"))
    return query.get(name, [None])[0]


def fetch_npy(server: str, model: str, layer: str, image: str) -> Array:
    """What the server says that the layer computed; a vector as maps of one value."""
    path = f"{server}/api/v1/models/{model}/layers/{urllib.parse.quote(layer)}/activations"
    with urllib.request.urlopen(f"{path}?image={image}&format=npy", timeout=60) as answer:
        values: Array = np.load(io.BytesIO(answer.read()))
    return values.reshape(values.shape if values.ndim == 3 else (-1, 1, 1))


def wait_for_maps(
    page: Page, layer: str, canvas: str = GRID, *, image: str | None = None
) -> Locator:
    """Wait until the maps of a layer are painted, those of this picture if one is named."""
    locator = page.locator(canvas)
    if image is not None:
        expect(locator).to_have_attribute("data-image", image, timeout=ANSWER_MS)
    expect(locator).to_have_attribute("data-layer", layer, timeout=ANSWER_MS)
    return locator


@dataclass(frozen=True)
class Tiles:
    """How the maps stand on a canvas, and how far it is scrolled."""

    tiling: dict[str, int]
    channels: list[int]
    scroll_top: float
    port_height: float

    def corner(self, place: int) -> tuple[int, int]:
        down, across = divmod(place, self.tiling["columns"])
        inset = self.tiling["inset"]
        return inset + across * self.tiling["step_x"], inset + down * self.tiling["step_y"]

    def visible_places(self) -> list[int]:
        def is_whole(place: int) -> bool:
            top = self.corner(place)[1] - self.scroll_top
            return top >= 0 and top + self.tiling["height"] <= self.port_height

        return [place for place in range(len(self.channels)) if is_whole(place)]


def read_tiles(canvas: Locator) -> Tiles:
    facts = canvas.evaluate(
        """(canvas) => ({
            tiling: canvas.dataset.tiling,
            channels: canvas.dataset.channels,
            scroll_top: canvas.closest(".map-port").scrollTop,
            port_height: canvas.closest(".map-port").clientHeight,
        })"""
    )
    return Tiles(
        tiling=json.loads(facts["tiling"]),
        channels=[int(text) for text in facts["channels"].split(",")],
        scroll_top=facts["scroll_top"],
        port_height=facts["port_height"],
    )


def read_pixels(canvas: Locator, points: list[tuple[int, int]]) -> Array:
    """Colours (points, 3) of the canvas's own pixels."""
    colours = canvas.evaluate(
        """(canvas, points) => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(canvas, 0, 0);
            return points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
        }""",
        points,
    )
    return np.array(colours, dtype=np.int64)


@dataclass(frozen=True)
class Sample:
    """Some values of a layer and the canvas pixels that show them."""

    colours: Array  # (samples, 3)
    values: Array
    minimum: Array  # of the values' channels
    maximum: Array


def sample(canvas: Locator, maps: Array, count: int = 300) -> Sample:
    """Random pixels of the canvas, on tiles that are in sight and not reduced."""
    tiles = read_tiles(canvas)
    width, height = tiles.tiling["width"], tiles.tiling["height"]
    assert width >= maps.shape[2], "a reduced tile shows means, not values"
    random = np.random.default_rng(0)
    points = []
    chosen = []
    for place in random.choice(tiles.visible_places(), count).tolist():
        left, top = tiles.corner(place)
        x, y = int(random.integers(width)), int(random.integers(height))
        down, across = (y + 0.5) * maps.shape[1] / height, (x + 0.5) * maps.shape[2] / width
        if min(abs(down - round(down)), abs(across - round(across))) < ON_AN_EDGE:
            continue  # as near to one value as to the next
        row, column = int(down), int(across)
        points.append((left + x, int(top + y - tiles.scroll_top)))
        chosen.append((tiles.channels[place], row, column))
    assert len(points) > count / 3
    channels, rows, columns = np.array(chosen).T
    return Sample(
        colours=read_pixels(canvas, points),
        values=maps[channels, rows, columns],
        minimum=maps.min((1, 2))[channels],
        maximum=maps.max((1, 2))[channels],
    )


def assert_grey_shows_values(found: Sample, minimum: Array, maximum: Array) -> None:
    """Every grey level stands for the value that it shows, to half a level."""
    red, green, blue = found.colours.T
    assert (red == green).all()
    assert (green == blue).all()
    step = (maximum - minimum) / 255
    stands_for = minimum + red * step
    tolerance = 0.501 * step + 1e-6 * np.abs(found.values)
    assert (np.abs(stands_for - found.values) <= tolerance).all()


def point_at(canvas: Locator, channel: int, row: int, column: int) -> tuple[float, float]:
    """Where on the page a value is, in CSS pixels; what is out of sight is scrolled to."""
    tiles = read_tiles(canvas)
    place = tiles.channels.index(channel)
    if place not in tiles.visible_places():
        canvas.evaluate(
            """(canvas, top) => { canvas.closest(".map-port").scrollTop = top; }""",
            tiles.corner(place)[1] - tiles.tiling["inset"],
        )
        tiles = read_tiles(canvas)
    layer_facts = canvas.evaluate("(canvas) => canvas.dataset.size ?? null")
    height, width = json.loads(layer_facts)
    left, top = tiles.corner(tiles.channels.index(channel))
    box = canvas.bounding_box()
    assert box is not None
    return (
        box["x"] + left + (column + 0.5) * tiles.tiling["width"] / width,
        box["y"] + top - tiles.scroll_top + (row + 0.5) * tiles.tiling["height"] / height,
    )
