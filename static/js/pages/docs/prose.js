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

/**
 * @param {string} path of an operation
 * @returns {Node} in which a line may break at a slash, and parameters stand out
 */
export function pathCode(path) {
  const code = element("code", { class: "docs-path" });
  for (const part of path.split(/(?=\/)|(?=\{)|(?<=\})/)) {
    if (part.startsWith("/")) code.append(element("wbr"));
    if (part.startsWith("{")) code.append(element("var", { text: part }));
    else code.append(part);
  }
  return code;
}
