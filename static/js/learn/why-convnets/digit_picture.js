/** A digit that is dragged to the side. */

import { element } from "../../shared/element.js";
import { MOST_SHIFT_PX } from "./address.js";

const DIGIT_PX = 28;
const SCALE = 10;

/**
 * @param {HTMLElement} parent
 * @param {{onShift: (shift_px: number) => void}} options
 */
export function createDigitPicture(parent, { onShift }) {
  const side = DIGIT_PX * SCALE;
  const canvas = element("canvas", { attributes: { width: side, height: side, "aria-hidden": "true" } });
  const node = element(
    "div",
    {
      class: "digit-picture",
      attributes: {
        role: "slider",
        tabindex: 0,
        "aria-label": "Shift of the digit to the right, pixels",
        "aria-valuemin": -MOST_SHIFT_PX,
        "aria-valuemax": MOST_SHIFT_PX,
        "aria-valuenow": 0,
      },
    },
    canvas,
  );
  parent.append(node);
  /** @type {CanvasImageSource | null} */
  let picture = null;
  let shift_px = 0;
  /** @type {{x: number, shift_px: number} | null} where the drag began */
  let from = null;

  function draw() {
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, side, side);
    pen.imageSmoothingEnabled = false;
    if (picture) pen.drawImage(picture, shift_px * SCALE, 0, side, side);
  }

  /** @param {number} wanted_px */
  function move(wanted_px) {
    const next = Math.max(-MOST_SHIFT_PX, Math.min(MOST_SHIFT_PX, Math.round(wanted_px)));
    if (next !== shift_px) onShift(next);
  }

  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    from = { x: event.clientX, shift_px };
  });
  node.addEventListener("pointermove", (event) => {
    if (!from || !node.hasPointerCapture(event.pointerId)) return;
    const px = canvas.getBoundingClientRect().width / DIGIT_PX;
    move(from.shift_px + (event.clientX - from.x) / px);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    node.addEventListener(type, () => {
      from = null;
    });
  }
  node.addEventListener("keydown", (event) => {
    const steps = /** @type {Record<string, number>} */ ({
      ArrowLeft: shift_px - 1,
      ArrowDown: shift_px - 1,
      ArrowRight: shift_px + 1,
      ArrowUp: shift_px + 1,
      Home: -MOST_SHIFT_PX,
      End: MOST_SHIFT_PX,
    });
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(steps[event.key]);
  });

  return {
    /** @param {CanvasImageSource} shown of 28 x 28 px, or a multiple */
    showPicture(shown) {
      picture = shown;
      draw();
    },

    /** @param {number} px */
    showShift(px) {
      shift_px = px;
      node.setAttribute("aria-valuenow", String(px));
      draw();
    },
  };
}
