/** A small pad: what is drawn on it is shown to the network. */

import { drawInk, inkAsPng, movesOf } from "../../picture/ink.js";
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
  /** @type {import("../../picture/ink.js").Stroke | null} */
  let current = null;
  /** The finger or pen that draws it: each that touches captures the pad. */
  let drawn_by = 0;
  let timer = 0;
  const canvas = element("canvas", {
    class: "train-pad-canvas",
    attributes: {
      width: SIDE_PX,
      height: SIDE_PX,
      role: "img",
      "aria-label": "Drawing pad. Draw with a pointer; the scores follow.",
    },
  });
  const clear = button("Clear", () => {
    strokes = [];
    changed();
  }, { class: "button button-small" });
  const words = element("p", { class: "quiet", text: "Draw on it: the network reads what you draw." });
  const box = element("div", { class: "train-pad", attributes: { hidden: true } }, canvas, element("div", { class: "train-pad-side" }, words, clear));
  parent.append(box);

  /** @param {PointerEvent} event */
  function pointAt(event) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - left) / width) * SIDE_PX,
      y: ((event.clientY - top) / height) * SIDE_PX,
    };
  }

  function changed() {
    drawInk(canvas, strokes);
    clear.disabled = strokes.length === 0;
    clearTimeout(timer);
    if (strokes.length > 0) timer = window.setTimeout(() => inkAsPng(canvas).then(onDrawn), PAUSE_MS);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawn_by = event.pointerId;
    current = { points: [pointAt(event)], width_px: PEN_PX };
    strokes.push(current);
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || event.pointerId !== drawn_by) return;
    current.points.push(...movesOf(event).map(pointAt));
    changed();
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(type, (event) => {
      // Another finger that leaves ends no line.
      if (event.pointerId === drawn_by) current = null;
    });
  }
  changed();
  return {
    /** @param {boolean} is_shown */
    show(is_shown) {
      box.hidden = !is_shown;
    },
  };
}
