/** On the index: all that a dense layer learns, and the dot that a convolution needs. */

import { svg } from "../../shared/element.js";

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120", "aria-hidden": "true" },
      svg("rect", { x: 30, y: 10, width: 100, height: 100, rx: 3, fill: "var(--accent-soft)", stroke: "var(--accent)" }),
      // 122,304 of 4,821,600, and 156, to scale but for the last.
      svg("rect", { x: 30, y: 94.1, width: 15.9, height: 15.9, fill: "var(--accent)", opacity: 0.5 }),
      svg("rect", { x: 30, y: 108, width: 2, height: 2, fill: "var(--ink)" }),
      svg("circle", { cx: 31, cy: 109, r: 7, fill: "none", stroke: "var(--ink)", "stroke-width": 1.5 }),
    ),
  );
}
