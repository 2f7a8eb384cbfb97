/** Formulas with their numbers in them: the server writes the MathML, this fills its slots. */

import { readable } from "../../lenses/arithmetic/values.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/**
 * @param {string} name as the template has it
 * @returns {{fill: (numbers: Record<string, number | null>, write?: (value: number) => string) => void}}
 *   `fill` takes the numbers by slot and, if they are not to have four digits, how they are written;
 *   null empties a slot
 */
export function createFormula(name) {
  const node = document.querySelector(`[data-formula="${name}"]`);
  if (!node) throw new Error(`the page has no formula ${name}`);
  /** @type {Map<string, Element[]>} */
  const slots = new Map();
  for (const slot of node.querySelectorAll("[data-slot]")) {
    const key = slot.getAttribute("data-slot") ?? "";
    slots.set(key, [...(slots.get(key) ?? []), slot]);
  }
  return {
    fill(numbers, write = readable) {
      for (const [key, value] of Object.entries(numbers)) {
        const places = slots.get(key);
        if (!places) throw new Error(`the formula ${name} has no slot ${key}`);
        for (const place of places) fillSlot(place, value, write);
      }
    },
  };
}

/**
 * A negative number after another sign stands in parentheses.
 *
 * @param {Element} place
 * @param {number | null} value
 * @param {(value: number) => string} write
 */
function fillSlot(place, value, write) {
  if (value === null) {
    place.textContent = "·";
    place.removeAttribute("data-value");
    return;
  }
  const before = place.previousElementSibling?.textContent ?? "";
  const follows_sign = value < 0 && /^[-−+·×/]$/.test(before);
  place.textContent = follows_sign ? `(${write(value)})` : write(value);
  place.setAttribute("data-value", String(value));
}

/**
 * @param {"mi" | "mn" | "mo" | "mrow" | "mfrac" | "msub" | "msup" | "mtext" | "math"} tag
 * @param {(Node | string)[]} children
 * @returns {Element} with the namespace without which a browser draws nothing
 */
export function mathml(tag, ...children) {
  const node = document.createElementNS(MATHML, tag);
  node.append(...children);
  return node;
}
