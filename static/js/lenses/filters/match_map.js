/** How well a template matches at every place, and where it lies now; drag it or use the arrows. */

import { colourTable } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { paintPixels } from "./tiles.js";

/** @typedef {{row: number, column: number}} Place */

/** Where zero lies in the diverging table; 127 steps to either side. */
const ZERO = 128;
const STEPS = 127;

/** @param {Float32Array} values @returns {Uint32Array} signed, zero neutral */
function signedPixels(values) {
  const table = colourTable("diverging");
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return Uint32Array.from(
    values,
    (value) => table[ZERO + Math.floor((value / largest) * STEPS + 0.5)],
  );
}

/**
 * @param {string} label
 * @param {{place: () => Place | null, moveTo: (to: Place) => void, drop: () => void}} moves
 *   moveTo: while the template is dragged, in and out of the map; drop: it is let go
 */
export function createMatchMap(label, { place, moveTo, drop }) {
  const canvas = element("canvas", { class: "match-map" });
  const spot = element("span", { class: "match-mark", attributes: { hidden: true } });
  const frame = element(
    "div",
    { class: "match-frame", attributes: { tabindex: 0, role: "group", "aria-label": label } },
    canvas,
    spot,
  );

  /** @param {PointerEvent} event */
  function drag(event) {
    const box = canvas.getBoundingClientRect();
    moveTo({
      row: Math.floor(((event.clientY - box.top) / box.height) * canvas.height),
      column: Math.floor(((event.clientX - box.left) / box.width) * canvas.width),
    });
  }
  frame.addEventListener("pointerdown", (event) => {
    frame.setPointerCapture(event.pointerId);
    drag(event);
  });
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) drag(event);
  });
  frame.addEventListener("pointerup", drop);
  frame.addEventListener("pointercancel", drop);
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
      event.key
    ];
    const at = place();
    if (!step || !at) return;
    event.preventDefault();
    event.stopPropagation();
    moveTo({ row: at.row + step[0], column: at.column + step[1] });
    drop();
  });

  return {
    frame,

    /** @param {Float32Array} values @param {number[]} shape */
    show(values, [rows, columns]) {
      paintPixels(canvas, signedPixels(values), columns);
      canvas.style.aspectRatio = `${columns} / ${rows}`;
    },

    /** @param {Place} at @param {number[]} shape */
    mark({ row, column }, [rows, columns]) {
      spot.hidden = false;
      // Of a small cell the mark is larger, and around its middle.
      spot.style.left = `${((column + 0.5) / columns) * 100}%`;
      spot.style.top = `${((row + 0.5) / rows) * 100}%`;
      spot.style.width = `${100 / columns}%`;
      spot.style.height = `${100 / rows}%`;
    },
  };
}
