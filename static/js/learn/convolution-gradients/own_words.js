/** What is said of a digit in LeNet-5, and how its numbers are written. */

import { readable } from "../../lenses/arithmetic/values.js";
import { formatFixed } from "../../shared/format.js";

const MOST_DIGITS = 8; // what a float32 near 1 can tell

export const NOTHING_DRAWN =
  "Nothing is drawn, so nothing comes back. Draw a digit, or put a 2, a 3 or a 7 there.";

/**
 * Gradients of a digit that is read well are tiny: then they are told in a power of ten.
 *
 * @param {number} largest
 */
export const unitOf = (largest) =>
  largest >= 0.05 || largest === 0 ? 1 : Number(`1e${Math.floor(Math.log10(largest))}`);

/** @param {number} unit a power of ten, written out */
export const unitText = (unit) => unit.toFixed(Math.max(0, -Math.round(Math.log10(unit))));

/** @param {import("../../types.js").ActivationGradient} facts @param {boolean} is_own_class */
export function ownWords({ label, probability }, is_own_class) {
  if (probability !== null && probability > 0.9) {
    return `The network is sure of ${label} already, so little comes back${
      is_own_class ? ". Say that it is something else." : "."
    }`;
  }
  if (probability !== null && probability > 0.1) {
    return `The network is not sure of ${label}, so something comes back.`;
  }
  return `The network gives ${label} little: much comes back.`;
}

/**
 * Near 1 with as many digits as tell the loss from it.
 *
 * @param {number | null} probability
 */
export function confidenceText(probability) {
  if (probability === null || probability <= 0.99 || probability >= 1) return readable(probability);
  const digits = 2 - Math.floor(Math.log10(1 - probability));
  return formatFixed(probability, Math.min(MOST_DIGITS, digits));
}
