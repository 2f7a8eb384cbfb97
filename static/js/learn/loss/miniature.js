/** Five confidences and the costs that hang beneath them. */

import { svg } from "../../shared/element.js";
import { costOf, lossOf } from "./arithmetic.js";

const FIVE = [0.7, 0.8, 0.6, 0.3, 0.4];
const LINE = 62;
const UP = 50;
const DOWN = 34;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  const loss = lossOf(FIVE);
  const drawing = svg("svg", { viewBox: "0 0 160 120" });
  FIVE.forEach((share, index) => {
    const x = 18 + index * 26;
    const [up, down] = [share * UP, costOf(share) * DOWN];
    drawing.append(
      svg("rect", { x, y: LINE - up, width: 18, height: up, fill: "var(--accent)" }),
      svg("rect", { x, y: LINE + 2, width: 18, height: down, fill: "var(--warning-line)" }),
    );
  });
  const dashes = { stroke: "var(--ink)", "stroke-width": 1.5, "stroke-dasharray": "4 3" };
  for (const y of [LINE - Math.exp(-loss) * UP, LINE + 2 + loss * DOWN]) {
    drawing.append(svg("path", { d: `M10 ${y}H148`, ...dashes }));
  }
  parent.append(drawing);
}
