/** Four scores a step of 1 apart, and their shares. */

import { svg } from "../../shared/element.js";
import { softmax } from "./arithmetic.js";

const SCORES = [4, 3, 2, 1];
const LEFT = 14;
const MIDDLE = 84;
const WIDTH = 62;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  const { shares } = softmax(SCORES);
  const drawing = svg("svg", { viewBox: "0 0 160 120" });
  SCORES.forEach((score, place) => {
    const y = 16 + place * 24;
    drawing.append(
      svg("rect", {
        ...{ x: LEFT, y, width: score * 14, height: 16, rx: 2, fill: "var(--accent-soft)" },
        ...{ stroke: "var(--accent)" },
      }),
      svg("rect", {
        ...{ x: MIDDLE, y, width: shares[place] * WIDTH, height: 16, rx: 2, fill: "var(--accent)" },
      }),
    );
  });
  parent.append(drawing);
}
