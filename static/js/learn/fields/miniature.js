/** On the index: boxes that grow, layer by layer, until one holds the whole cat. */

import { svg } from "../../shared/element.js";

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120", "aria-hidden": "true" },
      // Two ears, a head.
      svg("path", {
        d: "M52 88C44 66 46 44 50 26L66 42Q80 38 94 42L110 26C114 44 116 66 108 88Q80 106 52 88Z",
        fill: "var(--accent-soft)",
        stroke: "var(--line-strong)",
      }),
      svg("circle", { cx: 68, cy: 62, r: 4, fill: "var(--ink)" }),
      svg("circle", { cx: 92, cy: 62, r: 4, fill: "var(--ink)" }),
      svg("path", { d: "M76 76h8l-4 5z", fill: "var(--ink)" }),
      ...[12, 26, 46, 100].map((side, place) =>
        svg("rect", {
          x: 80 - side / 2,
          y: 63 - side / 2,
          width: side,
          height: side,
          fill: "none",
          stroke: "var(--accent)",
          "stroke-width": place === 3 ? 3 : 1.5,
        }),
      ),
    ),
  );
}
