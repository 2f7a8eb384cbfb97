/** The network's input, and the slope at each pixel of it: one of them is chosen in both. */

import { largestMagnitude } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { LENET_INPUT_PX } from "./address.js";
import { paintValues } from "../parts/paint.js";

/**
 * @param {HTMLElement} parent
 * @param {{onChoose: (row: number, column: number) => void}} options
 */
export function createPixelChoice(parent, { onChoose }) {
  const [input, by_input] = ["what the network sees, x", "dL/dx"].map((caption) => {
    const canvas = element("canvas", { class: "pixels", attributes: { role: "img", "aria-label": caption } });
    const mark = element("span", { class: "pixel-mark", attributes: { "aria-hidden": "true" } });
    const sheet = element("div", { class: "pixel-sheet" }, canvas, mark);
    parent.append(
      element("figure", { class: "cell-figure" }, element("figcaption", { text: caption }), sheet),
    );
    /** @param {PointerEvent} event */
    function chooseAt(event) {
      const box = canvas.getBoundingClientRect();
      /** @param {number} share */
      const index = (share) =>
        Math.max(0, Math.min(LENET_INPUT_PX - 1, Math.floor(share * LENET_INPUT_PX)));
      onChoose(
        index((event.clientY - box.top) / box.height),
        index((event.clientX - box.left) / box.width),
      );
    }
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      sheet.setPointerCapture(event.pointerId);
      chooseAt(event);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (sheet.hasPointerCapture(event.pointerId)) chooseAt(event);
    });
    return { canvas, mark };
  });

  return {
    /** @param {Float32Array} values @param {Float32Array} slopes */
    paint(values, slopes) {
      const lowest = Math.min(...values);
      paintValues(input.canvas, values, LENET_INPUT_PX, { lowest, largest: Math.max(...values), is_grey: true });
      paintValues(by_input.canvas, slopes, LENET_INPUT_PX, { largest: largestMagnitude(slopes) });
    },

    /** @param {number} row @param {number} column */
    show(row, column) {
      for (const { mark } of [input, by_input]) {
        mark.style.top = `${(100 * row) / LENET_INPUT_PX}%`;
        mark.style.left = `${(100 * column) / LENET_INPUT_PX}%`;
      }
    },
  };
}
