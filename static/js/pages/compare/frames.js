/** A picture or a map in a box of fixed height, with the mark that all of them share. */

import { element } from "../../shared/element.js";
import { isInside } from "./geometry.js";

/** @typedef {import("./address.js").Place} Place */
/** @typedef {ReturnType<typeof createFrame>} Frame */

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
});

/**
 * @param {object} parts
 * @param {string} parts.name for screen readers
 * @param {string} [parts.class]
 * @param {(place: Place | null) => void} parts.onPoint a place of the frame, as shares
 * @param {(place: Place) => void} parts.onPin
 * @param {() => Place | null} parts.marked where the mark is, for the arrow keys
 * @param {Node[]} children beneath the mark
 */
export function createFrame({ name, class: class_name = "", onPoint, onPin, marked }, ...children) {
  const mark = element("span", { class: "compare-mark", attributes: { hidden: true } });
  const node = element(
    "div",
    {
      class: `compare-frame ${class_name}`,
      attributes: { tabindex: 0, role: "img", "aria-label": name },
    },
    ...children,
    mark,
  );
  const words = element("p", { class: "quiet compare-waiting" });
  const box = element("div", { class: "compare-box" }, words, node);
  /** Rows and columns, of which the keys go one on. */
  let grid = { height: 20, width: 20 };

  /** @param {PointerEvent | MouseEvent} event @returns {Place} */
  function placeOf(event) {
    const { left, top, width, height } = node.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }
  node.addEventListener("pointermove", (event) => onPoint(placeOf(event)));
  node.addEventListener("pointerleave", () => onPoint(null));
  node.addEventListener("click", (event) => onPin(placeOf(event)));
  node.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const at = marked();
    const cell = at && isInside(at) ? at : { x: 0.5, y: 0.5 };
    const column = Math.floor(cell.x * grid.width) + (at ? step[0] : 0);
    const row = Math.floor(cell.y * grid.height) + (at ? step[1] : 0);
    if (column < 0 || row < 0 || column >= grid.width || row >= grid.height) return;
    onPin({ x: (column + 0.5) / grid.width, y: (row + 0.5) / grid.height });
  });

  return {
    box,
    node,

    /** @param {{height: number, width: number}} size also of the grid that the keys walk */
    size(size, is_grid = true) {
      node.style.setProperty("--ratio", String(size.width / size.height));
      if (is_grid) grid = size;
    },

    /** @param {boolean} is_there @param {string} text what stands in its place */
    show(is_there, text = "") {
      node.hidden = !is_there;
      words.textContent = is_there ? "" : text;
    },

    /** @param {Place | null} place */
    mark(place) {
      mark.hidden = !place || !isInside(place);
      if (!place || mark.hidden) return;
      mark.style.left = `${place.x * 100}%`;
      mark.style.top = `${place.y * 100}%`;
    },
  };
}
