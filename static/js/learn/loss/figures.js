/** Numbers that stand by themselves, each with all its digits at hand. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";

/** @param {number} value @returns {string} */
export const written = (value) =>
  Number.isFinite(value) ? readable(value) : value > 0 ? "∞" : "−∞";

/** @param {number | null} value as the server has it, which knows no infinity */
export const orEndless = (value) => value ?? Infinity;

/**
 * @param {Element} node
 * @param {number} value
 * @param {string} [text] instead of four digits
 */
export function writeNumber(node, value, text = written(value)) {
  node.textContent = text;
  /** @type {HTMLElement} */ (node).dataset.value = String(value);
}

/**
 * @param {HTMLElement} parent a `dl`
 * @param {readonly {name: string, label: string, unit?: string}[]} figures
 * @returns {(numbers: Record<string, number>) => void} shows those that it is given
 */
export function createFigures(parent, figures) {
  /** @type {Map<string, HTMLElement>} */
  const places = new Map();
  for (const { name, label, unit = "" } of figures) {
    const number = element("span", { attributes: { "data-figure": name } });
    places.set(name, number);
    parent.append(
      element(
        "div",
        { class: "readout" },
        element("dt", { text: label }),
        element("dd", {}, number, unit ? element("small", { text: ` ${unit}` }) : null),
      ),
    );
  }
  return (numbers) => {
    for (const [name, value] of Object.entries(numbers)) {
      writeNumber(/** @type {HTMLElement} */ (places.get(name)), value);
    }
  };
}
