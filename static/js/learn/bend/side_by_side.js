/** The same beginning trained with every function between, one after the other. */

import { followJson } from "../../api/request.js";
import { button, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { onChange } from "./address.js";
import { bytesOf, paint } from "./codes.js";
import { ACTIVATIONS, ROUND_STEPS, bodyOf, networkName } from "./settings.js";

/**
 * @param {HTMLElement} parent
 * @param {{address: import("./address.js").BendAddress, fail: (error: unknown) => void}} parts
 */
export function createSideBySide(parent, { address, fail }) {
  const settings = element("p", { class: "bend-settings" });
  const train = button("Train all seven", () => trainAll(), { class: "button button-primary" });
  const cards = ACTIVATIONS.map(({ value, text }) => {
    const canvas = element("canvas", { attributes: { "aria-hidden": "true", width: 60, height: 60 } });
    const figure = element("dd", { class: "figure", text: "·" });
    const choose = button("Try it above", () => open(value), { class: "button button-small" });
    const node = element(
      "div",
      { class: "bend-card", attributes: { "data-activation": value } },
      element("dl", { class: "readout" }, element("dt", { text }), figure),
      canvas,
      choose,
    );
    return { value, node, canvas, figure };
  });
  parent.append(
    element("div", { class: "bend-buttons" }, train, settings),
    element("div", { class: "bend-cards" }, ...cards.map(({ node }) => node)),
  );
  /** @type {AbortController | null} */
  let running = null;

  /** @param {string} f */
  function open(f) {
    address.change({ f }, { step: true });
    document.getElementById("playground")?.scrollIntoView();
  }

  async function trainAll() {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    clear();
    try {
      for (const { value, canvas, figure } of cards) {
        figure.textContent = "…";
        const body = { ...bodyOf(address.get(), value), steps: ROUND_STEPS, every: 100 };
        const showFrame = (/** @type {import("./run.js").Frame} */ { boundary, accuracy }) => {
          if (running !== mine) return;
          paint(canvas, bytesOf(boundary));
          figure.textContent = formatPercent(accuracy);
        };
        const last = await followJson("/learn/playground", body, showFrame, mine.signal);
        if (running !== mine) return;
        showFrame(last);
        figure.dataset.value = String(last.accuracy);
        figure.dataset.step = String(last.step);
        fail(null);
      }
    } catch (error) {
      if (running !== mine) return;
      clear();
      fail(error);
    }
  }

  function clear() {
    for (const { canvas, figure } of cards) {
      figure.textContent = "·";
      delete figure.dataset.value;
      canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
    }
  }

  let shown = "";
  function show() {
    const now = address.get();
    const { points, hidden, rate, momentum, seed } = now;
    const wanted = JSON.stringify([points, hidden, rate, momentum, seed]);
    if (wanted === shown) return;
    // What stands there was trained with other settings.
    if (shown) {
      running?.abort();
      running = null;
      clear();
    }
    shown = wanted;
    settings.textContent = `${points}, 200 points, ${networkName(hidden)}, rate ${rate}, momentum ${momentum}, seed ${seed}; ${ROUND_STEPS.toLocaleString("en")} steps, each over all points`;
  }
  onChange(address, ["points", "hidden", "rate", "momentum", "seed"], show);
  show();
}
