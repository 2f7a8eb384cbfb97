/** A digit that is dragged, or moved with the arrow keys, as the classifier reads it. */

import { colourTable } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { paintPixels } from "../../lenses/filters/tiles.js";
import { DIGIT_PX, MOST_PX } from "./address.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** @typedef {{right: number, down: number}} Move px of the picture */

/** @param {Move} move @returns {string} */
export function moveText({ right, down }) {
  const parts = [
    right === 0 ? "" : `${Math.abs(right)} px to the ${right > 0 ? "right" : "left"}`,
    down === 0 ? "" : `${Math.abs(down)} px ${down > 0 ? "down" : "up"}`,
  ].filter(Boolean);
  return parts.join(", ") || "not moved";
}

/**
 * Ink as grey levels.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(row: number, column: number) => number} inkAt from 0 to 1
 */
export function paintInk(canvas, inkAt) {
  const table = colourTable("grey");
  const pixels = new Uint32Array(DIGIT_PX * DIGIT_PX);
  for (let at = 0; at < pixels.length; at += 1) {
    const ink = inkAt(Math.floor(at / DIGIT_PX), at % DIGIT_PX);
    pixels[at] = table[Math.round(255 * Math.min(1, Math.max(0, ink)))];
  }
  paintPixels(canvas, pixels, DIGIT_PX);
}

/**
 * @param {HTMLElement} parent
 * @param {(move: Move) => void} onMove with where it is wanted; it moves once it is shown there
 */
export function createMovedDigit(parent, onMove) {
  const canvas = element("canvas", { class: "digit-square", attributes: { "aria-hidden": "true" } });
  const node = element(
    "div",
    {
      class: "moved-digit picture-frame",
      attributes: {
        role: "slider",
        tabindex: 0,
        "aria-label": "The digit: arrow keys move it",
        "aria-valuemin": -MOST_PX,
        "aria-valuemax": MOST_PX,
      },
    },
    canvas,
  );
  parent.append(node);
  /** What was last computed, and how far it was moved then. @type {{input: number[], move: Move} | null} */
  let known = null;
  /** @type {Move} */
  let shown = { right: 0, down: 0 };
  /** @type {{x: number, y: number, move: Move} | null} where the drag began */
  let from = null;

  function draw() {
    if (!known) return;
    const { input, move } = known;
    const right = shown.right - move.right;
    const down = shown.down - move.down;
    // Moved ahead of the answer, which says the same.
    paintInk(canvas, (row, column) => {
      const [y, x] = [row - down, column - right];
      const is_inside = x >= 0 && y >= 0 && x < DIGIT_PX && y < DIGIT_PX;
      return is_inside ? input[y * DIGIT_PX + x] : 0;
    });
  }

  /** @param {Move} wanted */
  function ask({ right, down }) {
    const within = (/** @type {number} */ px) => Math.max(-MOST_PX, Math.min(MOST_PX, Math.round(px)));
    const next = { right: within(right), down: within(down) };
    if (next.right !== shown.right || next.down !== shown.down) onMove(next);
  }

  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    from = { x: event.clientX, y: event.clientY, move: shown };
  });
  node.addEventListener("pointermove", (event) => {
    if (!from || !node.hasPointerCapture(event.pointerId)) return;
    const px = canvas.getBoundingClientRect().width / DIGIT_PX;
    ask({
      right: from.move.right + (event.clientX - from.x) / px,
      down: from.move.down + (event.clientY - from.y) / px,
    });
  });
  for (const type of ["pointerup", "pointercancel"]) {
    node.addEventListener(type, () => {
      from = null;
    });
  }
  node.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // of the page being scrolled
    ask({ right: shown.right + arrow[0], down: shown.down + arrow[1] });
  });

  return {
    node,

    /** @param {number[]} input as the classifier read it @param {Move} move */
    showInput(input, move) {
      known = { input, move };
      draw();
    },

    /** @param {Move} move */
    showMove(move) {
      shown = move;
      node.setAttribute("aria-valuenow", String(move.right));
      node.setAttribute("aria-valuetext", moveText(move));
      draw();
    },
  };
}
