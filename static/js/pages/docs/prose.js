/** Sentences of the OpenAPI document, whose `backticks` mark code. */

import { element } from "../../shared/element.js";

/** @param {string} text @returns {HTMLElement[]} one for each paragraph */
export function prose(text) {
  return text
    .split("\n\n")
    .filter((paragraph) => paragraph.trim() !== "")
    .map((paragraph) => element("p", { class: "quiet docs-words" }, ...pieces(paragraph)));
}

/** @param {string} paragraph @returns {(Node | string)[]} */
const pieces = (paragraph) =>
  paragraph
    .split("`")
    .map((part, place) => (place % 2 === 1 ? element("code", { text: part }) : part));
