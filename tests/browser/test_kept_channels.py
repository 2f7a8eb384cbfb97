"""Which number a channel has in another layer, by hand from the sizes of the branches."""

from collections.abc import Callable
from typing import Any

import pytest
from maps_page import parameter, wait_for_maps
from opening import OpenPage
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
KEPT = """async ([layers, cases]) => {
  const { keptChannel } = await import("/static/js/network/kept_channels.js");
  const by_id = new Map(layers.map((layer) => [layer.id, layer]));
  return cases.map(([from, to, channel]) => keptChannel(by_id, from, to, channel));
}"""


def kept(page: Page, layers: list[dict[str, Any]], cases: list[tuple[str, str, int]]) -> list[Any]:
    return page.evaluate(KEPT, [layers, cases])


def layer(name: str, operation: str, inputs: list[str], *shape: int) -> dict[str, Any]:
    return {
        "id": name, "operation": operation, "inputs": inputs, "output_shape": shape, "groups": 1,
    }  # fmt: skip


# Three branches of 2, 3 and 4 maps beside each other; then once more with the first branch.
BRANCHES = [
    layer("a", "convolution", [], 2, 6, 6),
    layer("b", "convolution", [], 3, 6, 6),
    layer("c", "convolution", [], 4, 6, 6),
    layer("c_relu", "relu", ["c"], 4, 6, 6),
    layer("cat", "concatenate", ["a", "b", "c_relu"], 9, 6, 6),
    layer("pool", "max_pool", ["cat"], 9, 3, 3),
    layer("small_a", "max_pool", ["a"], 2, 3, 3),
    layer("twice", "concatenate", ["small_a", "pool"], 11, 3, 3),
    layer("mixed", "convolution", ["twice"], 11, 3, 3),
    layer("below", "concatenate", ["pool", "pool"], 9, 6, 3),
    layer("unlisted", "concatenate", ["a", "input"], 5, 6, 6),
]


CASES: list[tuple[str, str, int, int | None]] = [
    ("a", "cat", 1, 1),
    ("b", "cat", 0, 2),
    ("b", "cat", 2, 4),
    ("c", "cat", 0, 5),
    ("c", "pool", 3, 8),
    # Behind two concatenations: 2 maps of `a`, then 2 + 3 before those of `c`.
    ("c", "twice", 3, 10),
    # `a` stands there twice: the first place.
    ("a", "twice", 1, 1),
    ("cat", "c", 8, 3),
    ("cat", "b", 4, 2),
    # Map 4 of the concatenation is one of `b`.
    ("cat", "a", 4, None),
    ("cat", "c", 4, None),
    # Both places of `a`, back.
    ("twice", "a", 1, 1),
    ("twice", "a", 3, 1),
    ("twice", "b", 4, 0),
    ("c", "mixed", 0, None),
    # Joined one below the other: the number stays.
    ("cat", "below", 7, 7),
    # How many maps come before is not known here.
    ("a", "unlisted", 0, None),
    ("a", "b", 0, None),
]


def test_behind_a_concatenation_a_channel_comes_after_those_before_it(open_page: OpenPage) -> None:
    asked = [(start, end, channel) for start, end, channel, _ in CASES]
    found = kept(open_page("/docs"), BRANCHES, asked)
    assert dict(zip(asked, found, strict=True)) == {case[:3]: case[3] for case in CASES}


def test_channels_of_a_dense_block_are_kept(open_page: OpenPage, ask: Ask) -> None:
    """64 maps of the stem, then 32 of every layer: Huang et al. 2017, growth rate 32."""
    layers = ask("/models/densenet121.random")["layers"]
    block = "features.denseblock1"
    cases = [
        ("features.pool0", f"{block}.cat", 63),
        (f"{block}.denselayer1.conv2", f"{block}.cat", 0),
        (f"{block}.denselayer3.conv2", f"{block}.cat", 31),
        (f"{block}.denselayer1.conv2", f"{block}.denselayer2.relu1", 5),
        (f"{block}.denselayer6.cat", f"{block}.denselayer2.conv2", 64 + 32 + 7),
        (f"{block}.denselayer6.cat", f"{block}.denselayer6.conv1", 7),
    ]
    expected = [63, 64, 64 + 2 * 32 + 31, 64 + 5, 7, None]
    assert kept(open_page("/docs"), layers, cases) == expected


def test_the_unit_goes_through_an_inception_block(open_page: OpenPage) -> None:
    """Szegedy et al. 2015, table 1: inception 3a has 64, 128, 32 and 32 maps."""
    page = open_page(
        "/?model=googlenet.random&layer=inception3a.branch3.1.relu&channel=5&row=6&column=20"
    )
    wait_for_maps(page, "inception3a.branch3.1.relu")

    def go(name: str) -> tuple[str | None, ...]:
        search = page.get_by_role("searchbox", name="Search the layers")
        search.fill(name)
        search.press("Enter")
        return tuple(parameter(page, each) for each in ("layer", "channel", "row", "column"))

    assert go("inception3a.cat") == ("inception3a.cat", str(64 + 128 + 5), "6", "20")
    assert go("inception3a.branch3.1.bn") == ("inception3a.branch3.1.bn", "5", "6", "20")
