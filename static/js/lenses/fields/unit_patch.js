/** What a unit saw: its part of the network's input, enlarged. */

import { element } from "../../shared/element.js";
import { decodePicture } from "../../shared/page_return.js";

/** @typedef {import("../../types.js").Box} Box */

/** @param {string} label */
export function createUnitPatch(label) {
  const canvas = element("canvas", {
    class: "unit-patch",
    attributes: { role: "img", "aria-label": label, width: 1, height: 1 },
  });
  let wanted = "";
  /** @type {HTMLImageElement | null} */
  let picture = null;
  /** @type {Box | null} */
  let box = null;

  function paint() {
    const is_there = picture !== null && box !== null;
    canvas.classList.toggle("is-invisible", !is_there);
    if (!picture || !box) return;
    const { top, left, bottom, right } = box;
    canvas.width = right - left;
    canvas.height = bottom - top;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.drawImage(picture, -left, -top);
    canvas.dataset.box = [top, left, bottom, right].join(" ");
  }

  return {
    canvas,

    /**
     * @param {string | null} url of the whole input; null: there is nothing to show
     * @param {Box | null} part of it, in whole pixels
     */
    show(url, part) {
      const same = JSON.stringify(part) === JSON.stringify(box);
      box = part;
      if (url === wanted) {
        if (!same) paint();
        return;
      }
      wanted = url ?? "";
      picture = null;
      paint();
      if (url === null) return;
      const next = new Image();
      next.src = url;
      decodePicture(next).then(
        () => {
          if (wanted !== url) return;
          picture = next;
          paint();
        },
        () => undefined, // the small picture of the input says so too
      );
    },
  };
}
