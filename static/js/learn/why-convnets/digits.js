/** One digit moved under five networks: what each says of it, at every shift. */

import { byId, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodePicture } from "../../shared/page_return.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createDigitChoice } from "../parts/digit_choice.js";
import { createDigitPad } from "../parts/digit_pad.js";
import { pageAddress } from "../parts/links.js";
import { createNumberField } from "../../shared/number_field.js";
import { MOST_SHIFT_PX, NETWORKS } from "./address.js";
import { createDigitPicture } from "./digit_picture.js";
import { createSharesPlot } from "./shares_plot.js";

const DIGIT_PX = 28;
const ALL_CLASSES = "0,1,2,3,4,5,6,7,8,9";
const SHIFTS = 2 * MOST_SHIFT_PX + 1;
/** Nothing gives up a digit of a few hundred bytes. */
const leaving = new AbortController().signal;

/**
 * @typedef {object} Shown  The digit that is moved.
 * @property {string} image as the server keeps it
 * @property {number | null} label what it is; null for a drawing: as its person says, or LeNet-5
 *
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {(job: Promise<unknown>) => void} urgent  told of all that the hand waits for
 * @returns {Promise<void>} once the networks have answered
 */
export async function createDigits(address, { api, fail }, urgent) {
  const latest = createLatest();
  const picture = createDigitPicture(byId("shift-stage"), { onShift: move });
  /** @type {Shown | null} */
  let shown = null;
  /** What each network says at every shift. @type {Map<string, import("../../types.js").Sweep>} */
  const said = new Map();

  const shift_field = createNumberField({
    label: "to the right",
    low: -MOST_SHIFT_PX,
    high: MOST_SHIFT_PX,
    step: 1,
    value: address.get().shift,
    unit: "px",
    onChange: move,
  });
  const choice = createDigitChoice(api, {
    get: address.get,
    onChoose: (chosen) => address.change({ ...chosen, is: -1 }, { step: true }),
  });
  const preparation = createChosenOne({
    label: "the networks see it",
    choices: [
      { value: "as-drawn", text: "as drawn" },
      { value: "centred", text: "centred" },
    ],
    value: address.get().preparation,
    onChange: (value) => address.change({ preparation: value }, { step: true }),
  });
  const label_select = element(
    "select",
    { class: "select", on: { change: () => address.change({ is: Number(label_select.value) }, { step: true }) } },
    element("option", { text: "as LeNet-5 reads it", attributes: { value: -1 } }),
    ...ALL_CLASSES.split(",").map((digit) => element("option", { text: digit, attributes: { value: digit } })),
  );
  const label_row = element("label", { class: "shift-is" }, "Your drawing is", label_select);
  byId("shift-tools").append(
    label_row,
    shift_field.node,
    choice.node,
    preparation.node,
  );
  const own = /** @type {HTMLDetailsElement} */ (byId("shift-pad").closest("details"));
  own.addEventListener("toggle", () => {
    if (own.open && byId("shift-pad").childElementCount === 0) openPad();
  });

  const plot = createSharesPlot(byId("shift-plot"));
  const rows = new Map(NETWORKS.map((network) => [network.model, createRow(network)]));
  byId("shift-table").querySelector("tbody")?.append(...[...rows.values()].map(({ node }) => node));

  /** @param {number} shift_px */
  function move(shift_px) {
    address.change({ shift: shift_px });
  }

  function openPad() {
    byId("shift-pad").append(element("p", { class: "learn-note", text: "Draw on the black square." }));
    createDigitPad(byId("shift-pad"), {
      api,
      fail,
      first: null, // the digit in the hand stays until one is drawn
      // It shows where it was drawn, wherever the one before was moved to.
      onDigit: (drawing) => address.change({ drawing, shift: 0, is: -1 }),
    });
  }

  /** Shows the digit of the address, and asks about it. */
  async function load() {
    const { digit, number, drawing } = address.get();
    const is_drawn = drawing !== "";
    const held_out = is_drawn ? null : await api.heldOutDigit(digit, number);
    const file = new Image();
    file.src = held_out ? URL.createObjectURL(held_out) : api.imageUrl(drawing);
    try {
      await decodePicture(file);
    } catch (error) {
      if (!is_drawn) throw error;
      address.change({ drawing: "" }); // forgotten since: a held-out digit takes its place
      return;
    } finally {
      if (held_out) URL.revokeObjectURL(file.src);
    }
    const image = held_out
      ? await api.uploadImage(held_out, "digit.png", { signal: leaving, onProgress: () => undefined })
      : { id: drawing };
    const now = address.get();
    if (now.digit !== digit || now.number !== number || now.drawing !== drawing) return;
    picture.showPicture(file);
    await ask({ image: image.id, label: is_drawn ? null : digit });
  }

  /** @param {Shown} next */
  async function ask(next) {
    shown = next;
    said.clear();
    for (const row of rows.values()) row.wait();
    const { preparation: chosen } = address.get();
    const end = MOST_SHIFT_PX / DIGIT_PX;
    const query = {
      ...{ image: next.image, swept: "shift_x", start: -end, stop: end, values: SHIFTS },
      ...{ classes: ALL_CLASSES, preparation: chosen },
    };
    const asked = latest.run(
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
    urgent(asked);
    await asked;
  }

  function show() {
    const { shift, drawing, is, preparation: chosen } = address.get();
    label_row.hidden = drawing === "";
    label_select.value = String(is);
    picture.showShift(shift);
    shift_field.show(shift);
    preparation.show(chosen);
    choice.show();
    const place = shift + MOST_SHIFT_PX;
    const read = said.get("lenet5.mnist5k")?.points[MOST_SHIFT_PX].best.index ?? null;
    const label = shown === null ? null : (shown.label ?? (is < 0 ? read : is));
    byId("shift-label").textContent = label === null ? "the digit" : String(label);
    plot.show(said, label, shift);
    let right = 0;
    for (const [model, { showPoint }] of rows) {
      const point = said.get(model)?.points[place];
      if (point && label !== null) showPoint(point, label, shown?.image ?? "", chosen);
      if (point?.best.index === label) right += 1;
    }
    byId("shift-note").textContent = note(shift, chosen, label, right);
  }

  /**
   * @param {number} shift
   * @param {string} chosen
   * @param {number | null} label
   * @param {number} right
   */
  function note(shift, chosen, label, right) {
    if (chosen === "centred") {
      return "Centred, the ink is put back into the middle before a network sees it: that is done by "
        + "the preparation, not by the network.";
    }
    if (said.size < NETWORKS.length || label === null) return "";
    const is_read = shown?.label === null && address.get().is < 0;
    const whose = is_read ? ", which is how LeNet-5 reads it where you drew it" : "";
    const where = shift === 0 ? "Not moved" : `${Math.abs(shift)} px to the ${shift > 0 ? "right" : "left"}`;
    return `${where}, ${right} of 5 say ${label}${whose}.`;
  }

  let before = address.get();
  address.subscribe((now) => {
    const names = /** @type {const} */ (["digit", "number", "drawing"]);
    const is_other = names.some((name) => now[name] !== before[name]);
    const is_prepared_otherwise = now.preparation !== before.preparation;
    before = now;
    if (is_other) load().catch(fail);
    else if (is_prepared_otherwise && shown) ask(shown).catch(fail);
    show();
  });
  show();
  await load();
}

/** @param {{model: string, name: string, tone: string}} network */
function createRow({ model, name, tone }) {
  const link = element("a", { text: name, attributes: { href: pageAddress({ model }) } });
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

    /** Another digit is asked about: what stands there is of the one before. */
    wait() {
      node.classList.add("is-waiting");
      node.classList.remove("is-mistaken");
      says.textContent = "…";
      text.textContent = "…";
      for (const each of ["says", "probability", "logit"]) delete node.dataset[each];
    },

    /**
     * @param {import("../../types.js").SweepPoint} point
     * @param {number} label
     * @param {string} image
     * @param {string} preparation
     */
    showPoint({ best, classes }, label, image, preparation) {
      const share = classes[label].probability;
      says.textContent = best.label;
      node.classList.remove("is-waiting");
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
