/** What plots have in common: where their ticks stand, and their labels. */

import { svg } from "./element.js";

/**
 * @param {number} largest
 * @param {number} [count] about so many
 * @returns {number[]} round numbers from 0 up to it
 */
export function linearTicks(largest, count = 5) {
  const rough = largest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  // A multiple of the step that rounding has made a little smaller is still there.
  return Array.from({ length: Math.floor(largest / step + 1e-9) + 1 }, (_, place) => place * step);
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {"start" | "middle" | "end"} anchor
 * @param {string} [name] class of the style sheet
 */
export function plotLabel(text, x, y, anchor, name = "plot-label") {
  const node = svg("text", { class: name, x, y, "text-anchor": anchor });
  node.textContent = text;
  return node;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} y
 * @param {string} [name] class of the style sheet
 */
export const gridLine = (from, to, y, name = "plot-grid") =>
  svg("path", { class: name, d: `M${from} ${y}H${to}` });
