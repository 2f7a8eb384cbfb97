/** A small pad for one digit; it may open with one drawn; three can be had without a pointer. */

import { drawInk, inkAsPng } from "../../picture/ink.js";
import { PEN_WORDS, createPen } from "../../picture/pen.js";
import { button, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";

const CANVAS_PX = 448; // sixteen for each pixel of a 28 x 28 digit
const PEN_PX = 38;
// A drawing is sent once the pen has rested, not at each of its moves.
const PAUSE_MS = 120;

/** Their lines, in sixteenths of a 28 x 28 digit's pixels. @type {Record<string, number[][]>} */
const READY = {
  2: [[132, 150, 172, 108, 240, 100, 296, 132, 296, 192, 240, 258, 176, 312, 132, 348, 316, 348]],
  3: [
    [140, 112, 220, 96, 296, 128, 288, 188, 214, 216],
    [214, 216, 300, 240, 312, 308, 250, 356, 140, 338],
  ],
  7: [[128, 116, 320, 116, 262, 220, 212, 356]],
};

/** @param {string} digit @returns {import("../../picture/ink.js").Stroke[]} */
const ready = (digit) =>
  READY[digit].map((line) => ({
    width_px: PEN_PX,
    points: line.flatMap((x, place) => (place % 2 === 0 ? [{ x, y: line[place + 1] }] : [])),
  }));

/**
 * @param {HTMLElement} parent
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {string | null} [parts.first] "2", "3" or "7": what stands on it at first; null: nothing
 * @param {(image_id: string) => void} parts.onDigit the server has the drawing as it is now
 * @param {() => void} [parts.onClear] nothing is on it any more
 * @param {(error: unknown) => void} parts.fail
 * @returns {{send: () => void, canvas: HTMLCanvasElement}} send: again, where the server forgot it
 */
export function createDigitPad(parent, { api, first = "7", onDigit, onClear, fail }) {
  let strokes = first === null ? [] : ready(first);
  /** What stands there was given: the first line of the person's own takes its place. */
  let is_given = true;
  let timer = 0;
  const latest = createLatest();

  const canvas = element("canvas", {
    class: "digit-pad",
    attributes: {
      width: CANVAS_PX,
      height: CANVAS_PX,
      role: "application",
      tabindex: 0,
      "aria-label": `Drawing pad for one digit. ${PEN_WORDS} The buttons beside it draw one for you.`,
    },
  });
  parent.append(
    canvas,
    element(
      "div",
      { class: "digit-pad-tools", attributes: { role: "group", "aria-label": "Digit" } },
      ...Object.keys(READY).map((digit) =>
        button(digit, () => replace(ready(digit)), {
          class: "button button-small",
          title: `Put a ${digit} there`,
          attributes: { "aria-label": `Put a ${digit} there` },
        }),
      ),
      button("Clear", () => replace([]), { class: "button button-small" }),
    ),
  );

  const pen = createPen(canvas, {
    begin(point) {
      const stroke = { points: [point], width_px: PEN_PX };
      strokes = is_given ? [stroke] : [...strokes, stroke];
      is_given = false;
      return stroke;
    },
    changed,
  });

  /** @param {import("../../picture/ink.js").Stroke[]} next */
  function replace(next) {
    pen.lift();
    strokes = next;
    is_given = true;
    changed();
  }

  function changed() {
    drawInk(canvas, strokes);
    window.clearTimeout(timer);
    if (strokes.length > 0) {
      timer = window.setTimeout(send, PAUSE_MS);
      return;
    }
    latest.cancel();
    onClear?.();
  }

  function send() {
    latest.run(
      async (signal) => {
        const drawing = await inkAsPng(canvas);
        const options = { signal, onProgress: () => undefined };
        return api.uploadImage(drawing, "digit.png", options);
      },
      ({ id }) => onDigit(id),
      fail,
    );
  }

  drawInk(canvas, strokes);
  if (strokes.length > 0) send();
  return { send, canvas };
}
