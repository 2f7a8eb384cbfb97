/** Numbers that stand by themselves, each with all its digits at hand. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { signed } from "../../shared/format.js";
import { LEAST_DECADE, isLost } from "./arithmetic.js";

const RAISED = new Map(["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"].entries());

/** @param {number} whole @returns {string} `10⁻³²⁴` */
export const powerOfTen = (whole) =>
  `10${whole < 0 ? "⁻" : ""}${[...String(Math.abs(whole))].map((digit) => RAISED.get(Number(digit))).join("")}`;

/** @param {number} value @returns {string} four digits that count */
export function written(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = readable(value);
  if (!text.includes("e")) return text;
  const [digits, exponent] = value.toExponential(3).split("e");
  return `${signed(String(Number(digits)))} × ${powerOfTen(Number(exponent))}`;
}

/** @param {number} value @returns {string} the same for a narrow column: `3·10⁻⁵` */
export function brief(value) {
  if (value === 0 || !Number.isFinite(value) || Math.abs(value) >= 1e-3) return written(value);
  const [digit, exponent] = value.toExponential(0).split("e");
  return `${digit}·${powerOfTen(Number(exponent))}`;
}

/** @param {number} value @returns {string} the same with four digits, zeros too: `0.5600` */
export const briefWithZeros = (value) => (value < 1e-3 ? brief(value) : value.toPrecision(4));

/**
 * @param {number} product
 * @param {readonly number[]} factors
 * @param {(value: number) => string} [write]
 * @returns {string} a bound where 64 bits have lost the product, and its root would not be the mean
 */
export const writtenProduct = (product, factors, write = written) =>
  isLost(product, factors) ? `< ${powerOfTen(LEAST_DECADE)}` : write(product);

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
 * @returns {(numbers: Record<string, number>, write?: (value: number) => string) => void} shows
 *   those that it is given
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
  return (numbers, write = written) => {
    for (const [name, value] of Object.entries(numbers)) {
      writeNumber(/** @type {HTMLElement} */ (places.get(name)), value, write(value));
    }
  };
}
