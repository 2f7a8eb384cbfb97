/** On the index: six networks in their years, their areas to scale, their errors falling. */

import { svg } from "../../shared/element.js";

/** Parameters in millions, by which the areas are drawn. */
const MILLIONS = [0.06, 61, 62, 138, 7, 26];
const BASE = 96;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  const largest = 46;
  const squares = MILLIONS.map((count, place) => {
    const side = Math.max(2, largest * Math.sqrt(count / 138));
    const middle = 16 + place * 25.5;
    return svg("rect", {
      ...{ x: middle - side / 2, y: BASE - side, width: side, height: side, rx: 1.5 },
      ...{ fill: "var(--accent)", opacity: place === 3 ? 1 : 0.55 },
    });
  });
  const line = svg("path", {
    ...{ d: "M41.5 22 67 24 92.5 46 118 48 143.5 62", fill: "none" },
    ...{ stroke: "var(--ink)", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" },
  });
  const ground = svg("path", { d: `M6 ${BASE + 6}H154`, stroke: "var(--line-strong)", "stroke-width": 1.5 });
  parent.append(svg("svg", { viewBox: "0 0 160 120", "aria-hidden": "true" }, ground, ...squares, line));
}
