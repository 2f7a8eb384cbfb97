/** One digit moved under five networks: what each says of it, at every shift. */

import { byId, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createDigitPad } from "../parts/digit_pad.js";
import { pageAddress } from "../parts/links.js";
import { createNumberField } from "../parts/number_field.js";
import { MOST_SHIFT_PX, NETWORKS } from "./address.js";
import { createDigitPicture } from "./digit_picture.js";
import { createSharesPlot } from "./shares_plot.js";

const DIGIT_PX = 28;
const ALL_CLASSES = "0,1,2,3,4,5,6,7,8,9";
const SHIFTS = 2 * MOST_SHIFT_PX + 1;

/**
 * @typedef {object} Shown  The digit that is moved.
 * @property {string} image as the server keeps it
 * @property {number | null} label what it is; null for a drawing, of which nobody has said
 *
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @returns {Promise<void>} once the first networks have answered
 */
export async function createDigits(address, { api, fail }) {
  const latest = createLatest();
  const picture = createDigitPicture(byId("shift-stage"), { onShift: move });
  /** @type {Shown | null} */
  let shown = null;
  /** What each network says at every shift. @type {Map<string, import("../../types.js").Sweep>} */
  const said = new Map();
  let is_own = false;

  const shift_field = createNumberField({
    label: "to the right",
    low: -MOST_SHIFT_PX,
    high: MOST_SHIFT_PX,
    step: 1,
    value: address.get().shift,
    unit: "px",
    onChange: move,
  });
  const digit_buttons = Array.from({ length: 10 }, (_, digit) =>
    element(
      "button",
      {
        class: "digit-choice",
        attributes: { type: "button", "aria-label": `A held-out ${digit}` },
        on: { click: () => choose(digit) },
      },
      element("img", { attributes: { src: api.heldOutDigitUrl(digit, 0), alt: "", width: 28, height: 28 } }),
    ),
  );
  const preparation = createChosenOne({
    label: "the networks see it",
    choices: [
      { value: "as-drawn", text: "as drawn" },
      { value: "centred", text: "centred" },
    ],
    value: address.get().preparation,
    onChange: (value) => address.change({ preparation: value }, { step: true }),
  });
  byId("shift-tools").append(
    shift_field.node,
    element(
      "div",
      { class: "digit-choices", attributes: { role: "group", "aria-label": "Digit" } },
      ...digit_buttons,
    ),
    preparation.node,
  );
  const own = /** @type {HTMLDetailsElement} */ (byId("shift-pad").closest("details"));
  own.addEventListener("toggle", () => {
    if (own.open && !is_own) openPad();
  });

  const plot = createSharesPlot(byId("shift-plot"));
  const rows = new Map(NETWORKS.map((network) => [network.model, createRow(network)]));
  byId("shift-table").querySelector("tbody")?.append(...[...rows.values()].map(({ node }) => node));

  /** @param {number} shift_px */
  function move(shift_px) {
    address.change({ shift: shift_px });
  }

  /** @param {number} digit  The same once more is another one of it. */
  function choose(digit) {
    const former = address.get();
    const number = !is_own && former.digit === digit ? (former.number + 1) % 100 : former.number;
    is_own = false;
    address.change({ digit, number }, { step: true });
    load().catch(fail);
  }

  function openPad() {
    is_own = true;
    byId("shift-pad").replaceChildren();
    const pad = createDigitPad(byId("shift-pad"), {
      api,
      fail,
      onDigit(image) {
        is_own = true;
        picture.showPicture(pad.canvas);
        ask({ image, label: null }).catch(fail);
      },
    });
  }

  async function load() {
    const { digit, number } = address.get();
    const file = await api.heldOutDigit(digit, number);
    picture.showPicture(await createImageBitmap(file));
    const { id } = await api.uploadImage(file, "digit.png", {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    const now = address.get();
    if (!is_own && now.digit === digit && now.number === number) await ask({ image: id, label: digit });
  }

  /** @param {Shown} next */
  async function ask(next) {
    shown = next;
    const { preparation: chosen } = address.get();
    const end = MOST_SHIFT_PX / DIGIT_PX;
    const query = {
      ...{ image: next.image, swept: "shift_x", start: -end, stop: end, values: SHIFTS },
      ...{ classes: ALL_CLASSES, preparation: chosen },
    };
    await latest.run(
      async (signal) => {
        for (const { model } of NETWORKS) {
          const sweep = await api.sweep({ model, ...query }, () => undefined, signal);
          signal.throwIfAborted();
          said.set(model, sweep);
          show();
        }
      },
      () => fail(null),
      fail,
    );
  }

  function show() {
    const { shift, digit, number, preparation: chosen } = address.get();
    picture.showShift(shift);
    shift_field.show(shift);
    preparation.show(chosen);
    for (const [each, button] of digit_buttons.entries()) {
      button.setAttribute("aria-pressed", String(!is_own && each === digit));
      const source = api.heldOutDigitUrl(each, each === digit ? number : 0);
      const image = /** @type {HTMLImageElement} */ (button.firstChild);
      if (image.getAttribute("src") !== source) image.src = source;
    }
    const place = shift + MOST_SHIFT_PX;
    const label = shown?.label ?? said.get("lenet5.mnist5k")?.points[MOST_SHIFT_PX].best.index ?? null;
    byId("shift-label").textContent = label === null ? "the digit" : String(label);
    plot.show(said, label, shift);
    let right = 0;
    for (const [model, { showPoint }] of rows) {
      const point = said.get(model)?.points[place];
      if (point && label !== null) showPoint(point, label, shown?.image ?? "", chosen);
      if (point?.best.index === label) right += 1;
    }
    byId("shift-note").textContent =
      chosen === "centred"
        ? "Centred, the ink is put back into the middle before a network sees it: that is done by the "
          + "preparation, not by the network."
        : shift === 0
          ? ""
          : `At ${Math.abs(shift)} px to the ${shift > 0 ? "right" : "left"}, ${right} of 5 say `
            + `${label ?? "the digit"}.`;
  }

  let before = address.get();
  address.subscribe((now) => {
    const is_other = now.digit !== before.digit || now.number !== before.number;
    const is_prepared_otherwise = now.preparation !== before.preparation;
    before = now;
    if (is_other && !is_own) load().catch(fail);
    else if (is_prepared_otherwise && shown) ask(shown).catch(fail);
    show();
  });
  show();
  await load();
}

/** @param {{model: string, name: string, tone: string}} network */
function createRow({ model, name, tone }) {
  const link = element("a", { text: name });
  const says = element("td", { class: "figure shift-says" });
  const bar = element("span", { class: "shift-bar" });
  const text = element("span", { class: "figure" });
  const node = element(
    "tr",
    { class: `tone-${tone}`, attributes: { "data-model": model } },
    element("th", { attributes: { scope: "row" } }, element("span", { class: "learn-plot-swatch" }), link),
    says,
    element("td", {}, element("span", { class: "shift-track" }, bar), text),
  );
  return {
    node,

    /**
     * @param {import("../../types.js").SweepPoint} point
     * @param {number} label
     * @param {string} image
     * @param {string} preparation
     */
    showPoint({ best, classes }, label, image, preparation) {
      const share = classes[label].probability;
      says.textContent = best.label;
      node.classList.toggle("is-mistaken", best.index !== label);
      bar.style.width = `${100 * (share ?? 0)}%`;
      text.textContent = formatPercent(share);
      node.dataset.says = best.label;
      node.dataset.probability = String(share);
      node.dataset.logit = String(classes[label].logit);
      link.href = pageAddress({ model, image, preparation: preparation === "centred" ? null : preparation });
    },
  };
}
