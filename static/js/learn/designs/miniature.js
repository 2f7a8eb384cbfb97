/** On the index, to be replaced. */

import { svg } from "../../shared/element.js";

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  parent.append(svg("svg", { viewBox: "0 0 160 120", "aria-hidden": "true" }));
}
