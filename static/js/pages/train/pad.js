/** A small pad: what is drawn on it is shown to the network. */

import { drawInk, inkAsPng } from "../../picture/ink.js";
import { PEN_WORDS, createPen } from "../../picture/pen.js";
import { button, element } from "../../shared/element.js";

const SIDE_PX = 448; // sixteen for each pixel of a 28 x 28 digit
const PEN_PX = 38;
const PAUSE_MS = 250;

/**
 * @param {HTMLElement} parent
 * @param {(drawing: Blob) => void} onDrawn a moment after the pen has rested
 */
export function createPad(parent, onDrawn) {
  /** @type {import("../../picture/ink.js").Stroke[]} */
  let strokes = [];
  let timer = 0;
  const canvas = element("canvas", {
    class: "train-pad-canvas",
    attributes: {
      width: SIDE_PX,
      height: SIDE_PX,
      role: "application",
      tabindex: 0,
      "aria-label": `Drawing pad. Draw with a pointer or by keys; the scores follow. ${PEN_WORDS}`,
    },
  });
  const clear = button("Clear", () => {
    pen.lift();
    strokes = [];
    changed();
  }, { class: "button button-small" });
  const words = element("p", { class: "quiet", text: "Draw on it: the network reads what you draw." });
  const box = element("div", { class: "train-pad", attributes: { hidden: true } }, canvas, element("div", { class: "train-pad-side" }, words, clear));
  parent.append(box);

  function changed() {
    drawInk(canvas, strokes);
    clear.disabled = strokes.length === 0;
    clearTimeout(timer);
    if (strokes.length > 0) timer = window.setTimeout(() => inkAsPng(canvas).then(onDrawn), PAUSE_MS);
  }

  const pen = createPen(canvas, {
    begin(first) {
      const stroke = { points: [first], width_px: PEN_PX };
      strokes.push(stroke);
      return stroke;
    },
    changed,
  });
  changed();
  return {
    /** @param {boolean} is_shown */
    show(is_shown) {
      box.hidden = !is_shown;
    },
  };
}
