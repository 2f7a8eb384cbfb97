/** Lines from a cell to all that have to do with it. */

import { svg } from "../../shared/element.js";

/** @typedef {{from: HTMLElement, to: HTMLElement, is_now: boolean}} Thread */

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
