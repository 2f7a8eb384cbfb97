/** Sentences of the OpenAPI document, whose `backticks` mark code. */

import { element } from "../../shared/element.js";

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function prose(text) {
  return text
    .split("`")
    .map((part, place) => (place % 2 === 1 ? element("code", { text: part }) : part));
}
