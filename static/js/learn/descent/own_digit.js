/** The person's own digit: one step down its gradient, and as many guesses. */

import { requestBytes } from "../../api/request.js";
import { withQuery } from "../../api/paths.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createDigitPad } from "../parts/digit_pad.js";
import { createFormula } from "../parts/formula.js";
import { pageLink } from "../parts/links.js";
import { createNumberField } from "../../shared/number_field.js";
import { askRace } from "./asking.js";
import { SEARCHERS } from "./searchers.js";
import { watch } from "./watch.js";

const MODEL = "softmax.mnist5k";
const PIXELS = 28 * 28;
const BYTES_PER_PIXEL = 4;
const LOOKS = 20;
const SHOWN = /** @type {const} */ (["full_gradient", "local_search", "random_search"]);
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * @param {import("../../api/api.js").Api} api
 * @param {import("./main.js").Address} address
 * @param {(error: unknown) => void} fail
 */
export function createOwnDigit(api, address, fail) {
  const latest = createLatest();
  const formula = createFormula("descent.step");
  /** @type {number[] | null} */
  let pixels = null;
  let image_id = "";

  const label = createChosenOne({
    label: "It is a",
    choices: DIGITS.map((digit) => ({ value: digit, text: digit })),
    value: address.get().label,
    onChange: (value) => address.change({ label: value }),
  });
  const rate = createNumberField({
    label: "Rate α",
    low: 0.001,
    high: 1,
    step: 0.001,
    logarithmic: true,
    value: address.get().own_rate,
    onChange: (own_rate) => address.change({ own_rate }),
  });
  byId("own-controls").append(label.node, rate.node);
  createDigitPad(byId("own-pad"), {
    api,
    first: "7",
    onDigit(id) {
      image_id = id;
      read();
    },
    onClear: clear,
    fail,
  });

  /** The digit as networks see it: in the middle, 28 by 28. */
  function read() {
    const path = withQuery(`/models/${MODEL}/input`, { image: image_id, format: "npy" });
    latest.run(
      (signal) => requestBytes(path, signal),
      (bytes) => {
        // The numbers stand behind a head, in rows from above.
        const from = bytes.byteLength - PIXELS * BYTES_PER_PIXEL;
        pixels = [...new Float32Array(bytes.slice(from))];
        ask();
      },
      fail,
    );
  }

  function ask() {
    const given = pixels;
    if (!given) return;
    const shown = address.get();
    const body = {
      field: { kind: "own_digit", pixels: given, label: Number(shown.label), passes: LOOKS },
      searchers: SHOWN,
      rate: shown.own_rate,
      guess_scale: 0.03,
      change_scale: 0.01,
    };
    latest.run(
      (signal) => askRace(body, () => undefined, signal),
      (answer) => {
        fail(null);
        show(answer);
      },
      fail,
    );
  }

  /** Of a digit that is not there any more nothing is said. */
  function clear() {
    latest.cancel();
    pixels = null;
    formula.fill({ alpha: null, square: null, loss: null });
    byId("own-results").replaceChildren(
      element(
        "div",
        { class: "readout" },
        element("dt", { text: "Nothing is drawn." }),
        element("dd", { text: "·" }),
      ),
    );
    byId("own-links").replaceChildren();
  }

  /** @param {import("./searchers.js").RaceAnswer} answer */
  function show({ searchers, squared_length = 0 }) {
    const { own_rate, label: digit } = address.get();
    const after_one = searchers.full_gradient.losses[1];
    formula.fill({ alpha: own_rate, square: squared_length, loss: after_one });
    byId("own-results").replaceChildren(
      readout("before", "from all zeros", searchers.full_gradient.losses[0]),
      readout("one-step", "after one gradient step", after_one),
      ...SHOWN.slice(1).map((name) =>
        readout(
          name,
          `after ${LOOKS} looks, ${SEARCHERS.find((each) => each.name === name)?.text}`,
          searchers[name].losses.at(-1) ?? NaN,
        ),
      ),
    );
    byId("own-links").replaceChildren(
      pageLink("Your digit under the ten trained templates", {
        model: MODEL,
        image: image_id,
        lens: "filters",
      }),
      pageLink("How its score for the digit is made", {
        model: MODEL,
        image: image_id,
        layer: "linear",
        channel: digit,
        lens: "number",
      }),
    );
  }

  watch(address, ["label", "own_rate"], (shown) => {
    label.show(shown.label);
    rate.show(shown.own_rate);
    ask();
  });
}

/** @param {string} name @param {string} text @param {number} loss */
function readout(name, text, loss) {
  return element(
    "div",
    { class: "readout" },
    element("dt", { text }),
    element("dd", { text: readable(loss), attributes: { "data-own": name, "data-loss": loss } }),
  );
}
