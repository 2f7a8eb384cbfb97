/** The kernels that a network has learned, small: one is taken with a click. The list beside says all. */

import { largestMagnitude } from "../../lenses/arithmetic/values.js";
import { element, svg } from "../../shared/element.js";
import { LEARNED_COUNT } from "./kernels.js";

const IN_A_ROW = 16;
const SIDE = 3;
/** A pixel apart. */
const STEP = SIDE + 1;

/**
 * @param {HTMLElement} parent
 * @param {(number: number) => void} onChoose
 */
export function createLearnedStrip(parent, onChoose) {
  const rows = LEARNED_COUNT / IN_A_ROW;
  const [width, height] = [IN_A_ROW * STEP - 1, rows * STEP - 1];
  const canvas = element("canvas", { class: "sheet-canvas", attributes: { width, height } });
  const marks = svg("svg", { class: "sheet-marks", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const board = element(
    "div",
    {
      class: "learned-board",
      attributes: { role: "img", "aria-label": "The 32 learned kernels as small colour pictures; the list has them too" },
      on: {
        click(/** @type {MouseEvent} */ event) {
          const { left, top, width: wide, height: tall } = board.getBoundingClientRect();
          const column = Math.floor(((event.clientX - left) / wide) * IN_A_ROW);
          const row = Math.floor(((event.clientY - top) / tall) * rows);
          onChoose(Math.min(LEARNED_COUNT - 1, Math.max(0, row * IN_A_ROW + column)));
        },
      },
    },
    canvas,
    marks,
  );
  parent.append(element("span", { class: "number-label", text: "or one that EfficientNet-Lite0 learned" }), board);

  return {
    /** @param {Float32Array} weights (32, 3, 3, 3); grey is 0, each by its own strength */
    paint(weights) {
      const image = new ImageData(width, height);
      const size = 3 * SIDE * SIDE;
      for (let number = 0; number < LEARNED_COUNT; number += 1) {
        const kernel = weights.subarray(number * size, (number + 1) * size);
        const largest = largestMagnitude(kernel) || 1;
        for (let cell = 0; cell < SIDE * SIDE; cell += 1) {
          const x = (number % IN_A_ROW) * STEP + (cell % SIDE);
          const y = Math.floor(number / IN_A_ROW) * STEP + Math.floor(cell / SIDE);
          const colour = [0, 1, 2].map((channel) => 127.5 * (1 + kernel[channel * SIDE * SIDE + cell] / largest));
          image.data.set([...colour, 255], (y * width + x) * 4);
        }
      }
      canvas.getContext("2d")?.putImageData(image, 0, 0);
    },

    /** @param {number | null} number */
    mark(number) {
      if (number === null) {
        marks.replaceChildren();
        return;
      }
      const place = { x: (number % IN_A_ROW) * STEP, y: Math.floor(number / IN_A_ROW) * STEP };
      marks.replaceChildren(
        ...["mark-box-edge", "mark-box"].map((name) => svg("rect", { class: name, ...place, width: SIDE, height: SIDE })),
      );
    },
  };
}
