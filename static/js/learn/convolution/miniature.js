/** The chapter on the index: a window over pixels, and the one pixel that it writes. */

import { svg } from "../../shared/element.js";

const CELL = 14;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  const across = 6;
  /** @param {number} left @param {number} top @param {number} count @param {(row: number, column: number) => number} opacity */
  const square = (left, top, count, opacity) =>
    Array.from({ length: count * count }, (_, index) => {
      const [row, column] = [Math.floor(index / count), index % count];
      return svg("rect", {
        ...{ x: left + column * CELL, y: top + row * CELL, width: CELL - 2, height: CELL - 2, rx: 2 },
        ...{ fill: "var(--accent)", "fill-opacity": opacity(row, column) },
      });
    });
  const isUnder = (/** @type {number} */ row, /** @type {number} */ column) => row >= 1 && row <= 3 && column >= 2 && column <= 4;
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120", "aria-hidden": "true" },
      ...square(8, 18, across, (row, column) => (isUnder(row, column) ? 0.75 : 0.2)),
      svg("rect", { x: 35, y: 31, width: 3 * CELL, height: 3 * CELL, rx: 3, fill: "none", stroke: "var(--ink)", "stroke-width": 2 }),
      svg("path", { d: "M79 52L113 51", stroke: "var(--ink)", "stroke-width": 1.5, "stroke-dasharray": "3 3" }),
      ...square(99, 32, 4, (row, column) => (row < 1 || (row === 1 && column <= 2) ? 0.75 : 0.12)),
      svg("rect", { x: 126, y: 45, width: CELL, height: CELL, rx: 3, fill: "none", stroke: "var(--ink)", "stroke-width": 2 }),
    ),
  );
}
