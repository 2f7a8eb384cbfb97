/** Two rings, and a boundary that has learned to bend around the inner one. */

import { svg } from "../../shared/element.js";

const MIDDLE = { x: 80, y: 60 };

/** @param {number} radius @param {number} count @param {string} tone */
const ring = (radius, count, tone) =>
  Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count;
    const away = radius + 3 * Math.sin(5 * index);
    return svg("circle", {
      r: 3,
      cx: MIDDLE.x + away * Math.cos(angle),
      cy: MIDDLE.y + away * Math.sin(angle),
      fill: `var(--${tone})`,
    });
  });

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120" },
      svg("path", {
        d: "M52 46L74 30L102 36L112 62L98 86L68 90L50 72Z",
        fill: "var(--accent-soft)",
        stroke: "var(--accent)",
        "stroke-width": 2,
      }),
      svg("path", {
        d: "M6 98L154 22",
        fill: "none",
        stroke: "var(--line-strong)",
        "stroke-width": 2,
        "stroke-dasharray": "5 4",
      }),
      ...ring(18, 11, "accent"),
      ...ring(46, 20, "warning-line"),
    ),
  );
}
