/** Lines from a cell to all that have to do with it. */

import { svg } from "../../shared/element.js";
import { KERNEL_PX, PICTURE_PX, indexOf } from "./geometry.js";

/** @typedef {{from: HTMLElement, to: HTMLElement, is_now: boolean}} Thread */

// More would hide the numbers beneath them.
const MOST_USES = 12;
const MIDDLE = (KERNEL_PX - 1) / 2;

/**
 * Forward from what is chosen, and back to it; for an output, of which there is much, from what it
 * read and back to the pixels.
 *
 * @param {Record<"x" | "w" | "y" | "dx" | "dy" | "dw", import("./channel_grids.js").ChannelGrids>} grids
 * @param {{kind: import("./address.js").Kind, done: import("./geometry.js").Use[],
 *   now: import("./geometry.js").Use | null, size: number}} parts size: of the output
 * @returns {Thread[]}
 */
export function threadsOf({ x, w, y, dx, dw, dy }, { kind, done, now, size }) {
  const is_output = kind === "output";
  const is_middle = (/** @type {import("./geometry.js").Place} */ { row, column }) =>
    row === MIDDLE && column === MIDDLE;
  const drawn =
    done.length <= MOST_USES ? done : done.filter((use) => use === now || (is_output && is_middle(use.weight)));
  return drawn.flatMap((use) => {
    const is_now = use === now;
    const output = indexOf(use.output, size);
    const weight = indexOf(use.weight, KERNEL_PX);
    const pixel = use.pixel ? indexOf(use.pixel, PICTURE_PX) : null;
    /** @type {Thread[]} */
    const found = [];
    if (kind !== "weight" && pixel !== null) {
      found.push({ from: x.cell(pixel), to: y.cell(output), is_now });
      found.push({ from: dy.cell(output), to: dx.cell(pixel), is_now });
    }
    if (kind !== "pixel") found.push({ from: w.cell(weight), to: y.cell(output), is_now });
    if (kind === "weight") found.push({ from: dy.cell(output), to: dw.cell(weight), is_now });
    return found;
  });
}

/** @param {HTMLElement} board  The lines lie over it. */
export function createThreads(board) {
  const sheet = svg("svg", { class: "threads", "aria-hidden": "true" });
  board.append(sheet);
  /** @type {Thread[]} */
  let shown = [];

  function draw() {
    const origin = board.getBoundingClientRect();
    /** The side of a cell that looks to the other one. @param {HTMLElement} cell @param {HTMLElement} other */
    const end = (cell, other) => {
      const box = cell.getBoundingClientRect();
      const is_left = box.left < other.getBoundingClientRect().left;
      return [
        (is_left ? box.right : box.left) - origin.left,
        box.top + box.height / 2 - origin.top,
      ];
    };
    sheet.replaceChildren(
      ...shown.map(({ from, to, is_now }) => {
        const [[x1, y1], [x2, y2]] = [end(from, to), end(to, from)];
        const bow = 0.22 * Math.abs(x2 - x1);
        return svg("path", {
          class: `thread${is_now ? " is-now" : ""}`,
          d: `M${x1} ${y1} C${(x1 + x2) / 2} ${y1 - bow} ${(x1 + x2) / 2} ${y2 - bow} ${x2} ${y2}`,
        });
      }),
    );
  }
  new ResizeObserver(draw).observe(board);

  return {
    /** @param {Thread[]} threads */
    show(threads) {
      shown = threads;
      draw();
    },
  };
}
