"""Numbers as the pages write them: no sign before a zero, words for what is none."""

import json

from opening import OpenPage
from playwright.sync_api import expect

SHOWN = """async () => {
  const format = await import("/static/js/shared/format.js");
  const values = await import("/static/js/lenses/arithmetic/values.js");
  return {
    zeros: [
      format.formatFixed(-0, 2), format.formatFixed(-0.001, 2), format.formatShort(-0),
      format.formatFloat32(-0), format.formatExact(-0), values.readable(-0), values.cellText(-0),
      values.cellText(-0.001), values.exactText(-0),
    ],
    negative: [format.formatFixed(-0.25, 2), format.formatShort(-1e-9), values.readable(-1e-9)],
    none: [format.formatFixed(null, 2), format.formatPercent(null), format.formatExact(null)],
    rests: [
      format.withoutRounding(1 - 0.1 - 0.2 - 0.7, [1, 0.1, 0.2, 0.7]),
      format.withoutRounding(1e-9, [1, 0.1]),
    ],
  };
}"""


def test_zero_has_no_sign_and_what_is_no_number_has_words(open_page: OpenPage) -> None:
    found = open_page("/docs").evaluate(SHOWN)
    assert set(found["zeros"]) == {"0", "0.00"}
    assert found["negative"] == ["\u22120.25", "\u22121e\u22129", "\u22121.00e\u22129"]
    assert set(found["none"]) == {"not a number"}
    # In floating point 1 - 0.1 - 0.2 - 0.7 is 5.6e-17.
    assert found["rests"] == [0, 1e-9]


def test_entropy_of_scores_that_are_no_numbers_is_unknown(open_page: OpenPage) -> None:
    def broken(route):
        document = route.fetch().json()
        document["entropy_bits"] = None
        for score in document["classes"]:
            score.update(logit=None, probability=None, sigmoid=None)
        route.fulfill(body=json.dumps(document), content_type="application/json")

    page = open_page("/docs", routed=True)
    page.route("**/predictions?*", broken)
    page.goto(page.url.replace("/docs", "/?model=lenet5.mnist5k&image=example-chelsea"))
    page.locator(".entropy-value", has_text="unknown").wait_for()
    expect(page.locator("#entropy")).to_contain_text("not all numbers")
    expect(page.locator("#scores")).to_contain_text("not a number")
