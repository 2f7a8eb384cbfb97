/** Rings of equal height, a straight way down and one that zigzags. */

import { svg } from "../../shared/element.js";

const MIDDLE = { x: 96, y: 66 };
const STEPS = 9;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  const drawing = svg("svg", { viewBox: "0 0 160 120" });
  for (const ring of [10, 22, 36, 52, 70]) {
    drawing.append(
      svg("ellipse", {
        cx: MIDDLE.x,
        cy: MIDDLE.y,
        rx: ring * 1.7,
        ry: ring * 0.85,
        fill: "none",
        stroke: "var(--line-strong)",
      }),
    );
  }
  // A step leaves a tenth less of the way along, and turns the side across.
  for (const [across, colour] of /** @type {const} */ ([
    [-0.75, "var(--warning-line)"],
    [0.6, "var(--accent)"],
  ])) {
    const points = Array.from({ length: STEPS }, (_, step) => {
      const x = MIDDLE.x - 82 * 0.72 ** step;
      const y = MIDDLE.y - 44 * across ** step;
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    drawing.append(
      svg("path", { d: `M${points.join("L")}`, fill: "none", stroke: colour, "stroke-width": 2.5 }),
    );
  }
  drawing.append(svg("circle", { cx: MIDDLE.x, cy: MIDDLE.y, r: 4, fill: "var(--ink)" }));
  parent.append(drawing);
}
