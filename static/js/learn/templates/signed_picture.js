/** Weights or products as a picture: red above 0, blue below, zero neutral; one pixel is marked. */

import { paintPixels, pixelsOfFilter } from "../../lenses/filters/tiles.js";
import { element } from "../../shared/element.js";
import { DIGIT_PX, PIXELS } from "./address.js";

const SHAPE = { inputs: 1, height: DIGIT_PX, width: DIGIT_PX };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values 784 of them
 * @param {number} largest magnitude, at which the colours end
 */
export function paintSigned(canvas, values, largest) {
  paintPixels(canvas, pixelsOfFilter("single", SHAPE, (at) => values[at], largest), DIGIT_PX);
}

/** A box over one pixel of a picture. */
export function createPixelMark() {
  const node = element("span", { class: "pixel-mark", attributes: { "aria-hidden": "true" } });
  return {
    node,

    /** @param {number} pixel by its number in the flattened picture */
    show(pixel) {
      node.style.left = `${(100 * (pixel % DIGIT_PX)) / DIGIT_PX}%`;
      node.style.top = `${(100 * Math.floor(pixel / DIGIT_PX)) / DIGIT_PX}%`;
    },
  };
}

/** @param {HTMLElement} parent @param {string} label */
export function createSignedPicture(parent, label) {
  const canvas = element("canvas", {
    class: "digit-square",
    attributes: { role: "img", "aria-label": label },
  });
  parent.append(element("div", { class: "picture-frame" }, canvas));
  return { canvas, frame: /** @type {HTMLElement} */ (canvas.parentElement) };
}

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -DIGIT_PX, ArrowDown: DIGIT_PX };

/**
 * The products, of which one is chosen: with the pointer, or with the arrow keys.
 *
 * @param {HTMLElement} parent
 * @param {(pixel: number) => void} onChoose
 */
export function createPixelPicture(parent, onChoose) {
  const canvas = element("canvas", { class: "digit-square", attributes: { "aria-hidden": "true" } });
  const node = element(
    "div",
    {
      class: "picture-frame is-chosen-from",
      attributes: {
        role: "slider",
        tabindex: 0,
        "aria-label": "The products: arrow keys choose one",
        "aria-valuemin": 1,
        "aria-valuemax": PIXELS,
      },
    },
    canvas,
  );
  parent.append(node);
  let chosen = 0;

  /** @param {PointerEvent} event */
  function pick(event) {
    const box = canvas.getBoundingClientRect();
    const [row, column] = [
      (event.clientY - box.top) / box.height,
      (event.clientX - box.left) / box.width,
    ].map((share) => Math.min(DIGIT_PX - 1, Math.max(0, Math.floor(share * DIGIT_PX))));
    onChoose(row * DIGIT_PX + column);
  }
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    pick(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) pick(event);
  });
  node.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // of the page being scrolled
    if (chosen + step >= 0 && chosen + step < PIXELS) onChoose(chosen + step);
  });

  return {
    canvas,
    node,

    /** @param {number} pixel */
    show(pixel) {
      chosen = pixel;
      node.setAttribute("aria-valuenow", String(pixel + 1));
      node.setAttribute(
        "aria-valuetext",
        `number ${pixel + 1}: row ${Math.floor(pixel / DIGIT_PX) + 1}, column ${(pixel % DIGIT_PX) + 1}`,
      );
    },
  };
}
