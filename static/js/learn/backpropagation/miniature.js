/** The chapter on the index: a fork whose shares add up. */

import { svg } from "../../shared/element.js";

const LINES = ["M28 60C55 60 55 30 82 30", "M28 60C55 60 55 90 82 90", "M82 30C108 30 108 60 132 60", "M82 90C108 90 108 60 132 60"];
const NODES = /** @type {const} */ ([
  ["x", 28, 60],
  ["3x", 82, 30],
  ["5x", 82, 90],
  ["+", 132, 60],
]);

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120", "font-size": 13, "text-anchor": "middle" },
      ...LINES.map((d) => svg("path", { d, fill: "none", stroke: "var(--line-strong)", "stroke-width": 2 })),
      ...NODES.flatMap(([sign, x, y]) => [
        svg("circle", { cx: x, cy: y, r: 15, fill: "var(--surface-raised)", stroke: "var(--accent)", "stroke-width": 2 }),
        written(sign, x, y + 4.5, "var(--ink)"),
      ]),
      written("3", 50, 38, "var(--warning-ink)"),
      written("5", 50, 93, "var(--warning-ink)"),
      written("8", 28, 94, "var(--warning-ink)"),
    ),
  );
}

/** @param {string} content @param {number} x @param {number} y @param {string} fill */
function written(content, x, y, fill) {
  const node = svg("text", { x, y, fill, "font-weight": 650 });
  node.textContent = content;
  return node;
}
