/** Numbers short enough for a cell. */

import { readable } from "../../lenses/arithmetic/values.js";
import { formatFixed } from "../../shared/format.js";

/** @param {number} value  Whole ones whole; others with two digits after the point, or fewer. */
export function cellWords(value) {
  if (Number.isInteger(value)) return readable(value);
  const magnitude = Math.abs(value);
  const digits = magnitude < 10 ? 2 : magnitude < 100 ? 1 : 0;
  return formatFixed(value, digits).replace(/^(−?)0\./, "$1.");
}
