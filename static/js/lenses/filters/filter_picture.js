/** One filter, or a patch of its shape, enlarged, with its values under the pointer. */

import { element } from "../../shared/element.js";
import { mosaicOf, paintPixels, pixelsOfFilter, weightAt } from "./tiles.js";

/** @typedef {{inputs: number, height: number, width: number}} FilterShape */

/**
 * @param {string} label
 * @param {(at: number | null) => void} onHover with the place of a weight, in C order
 */
export function createFilterPicture(label, onHover) {
  const canvas = element("canvas", {
    class: "filter-picture",
    attributes: { role: "img", "aria-label": label },
  });
  /** @type {{kind: import("../../page_types.js").FilterKind, shape: FilterShape} | null} */
  let shown = null;

  canvas.addEventListener("pointermove", (event) => {
    if (!shown) return;
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
    const found = weightAt(mosaicOf(shown.kind, shown.shape), shown.shape, row, column);
    const { height, width } = shown.shape;
    onHover(found && (found.input * height + found.row) * width + found.column);
  });
  canvas.addEventListener("pointerleave", () => onHover(null));

  return {
    canvas,

    /**
     * @param {import("../../page_types.js").FilterKind} kind
     * @param {FilterShape} shape
     * @param {Float32Array} values
     */
    show(kind, shape, values) {
      shown = { kind, shape };
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const { width, height } = mosaicOf(kind, shape);
      paintPixels(canvas, pixelsOfFilter(kind, shape, (at) => values[at], largest), width);
      canvas.style.aspectRatio = `${width} / ${height}`;
    },
  };
}
