/** On the index: three bars over their templates, and the one that is the largest. */

import { svg } from "../../shared/element.js";

const BARS = [
  { score: 26, path: "M0 -10a7 10 0 1 0 0.1 0Z" },
  { score: 60, path: "M-8 -10H8L-3 11" },
  { score: 38, path: "M8 -9Q-9 -14 -7 -4T7 2Q8 12 -8 9" },
];
const LINE = 74;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(
    svg(
      "svg",
      { viewBox: "0 0 160 120", "aria-hidden": "true" },
      ...BARS.flatMap(({ score, path }, index) => {
        const x = 36 + index * 44;
        const fill = index === 1 ? "var(--accent)" : "var(--line-strong)";
        return [
          svg("rect", { x: x - 13, y: LINE - score, width: 26, height: score, rx: 2, fill }),
          svg("rect", { x: x - 17, y: LINE + 4, width: 34, height: 34, rx: 3, fill: "#f4f4f2" }),
          svg("path", {
            ...{ d: path, transform: `translate(${x} ${LINE + 21})`, fill: "none", stroke: "#c03030" },
            ...{ "stroke-width": 5, "stroke-linecap": "round", "stroke-linejoin": "round" },
          }),
        ];
      }),
      svg("path", { d: `M14 ${LINE}H146`, stroke: "var(--ink-soft)", "stroke-width": 1.5 }),
    ),
  );
}
