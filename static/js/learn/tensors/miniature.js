/** On the index: two patches of the same shape in different light, as numbers would have them. */

import { svg } from "../../shared/element.js";

const LEVELS = [
  [0.9, 0.7, 0.9, 1],
  [0.6, 0.15, 0.25, 0.8],
  [0.7, 0.2, 0.1, 0.7],
  [1, 0.8, 0.7, 0.9],
];
const CELL_PX = 16;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120", "aria-hidden": "true" },
      ...patch(10, 28, 1),
      ...patch(86, 28, 0.5),
    ),
  );
}

/** @param {number} x @param {number} y @param {number} light */
function patch(x, y, light) {
  const cells = LEVELS.flatMap((row, i) =>
    row.map((level, j) =>
      svg("rect", {
        ...{ x: x + j * CELL_PX, y: y + i * CELL_PX, width: CELL_PX - 1, height: CELL_PX - 1 },
        fill: "var(--accent)",
        opacity: 0.12 + 0.88 * level * light,
      }),
    ),
  );
  const frame = { x: x - 2, y: y - 2, width: 4 * CELL_PX + 3, height: 4 * CELL_PX + 3 };
  return [...cells, svg("rect", { ...frame, fill: "none", stroke: "var(--ink)", "stroke-width": 1.5 })];
}
