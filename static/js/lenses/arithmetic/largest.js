/** One step of the way down: which of the numbers that made a unit counts most. */

/** @typedef {import("../../types.js").Explanation} Explanation */
/** @typedef {import("../../types.js").UnitValue} UnitValue */

/** How many terms are asked for: the largest may be read in the padding, where there is no unit. */
export const TERMS = 8;

/**
 * Of a sum the term with the largest product, of a maximum the one that was taken, of anything else
 * the operand whose value times its slope is largest, or its value where all slopes are flat: each
 * by magnitude.
 *
 * @param {Explanation} answer with at least `TERMS` of its terms
 * @returns {{unit: UnitValue, product: number | null} | null} null: nothing leads further
 */
export function largestOperand({ winner, largest, formula, operands, derivatives }) {
  if (winner?.unit) return { unit: winner.unit, product: null };
  const term = largest.find(({ unit }) => unit !== null);
  if (term?.unit) return { unit: term.unit, product: term.product };
  const named = formula.flatMap(({ unit }) => (unit ? [unit] : []));
  const candidates = named.length > 0 ? named : operands;
  if (candidates.length === 0) return null;
  /** @param {UnitValue} unit */
  const slopeOf = (unit) => derivatives.find((each) => isSame(each.unit, unit))?.value ?? null;
  const is_flat = candidates.every((unit) => !slopeOf(unit));
  /** @param {UnitValue} unit */
  const weightOf = (unit) => Math.abs((unit.value ?? 0) * (is_flat ? 1 : (slopeOf(unit) ?? 0)));
  const best = candidates.reduce((one, other) => (weightOf(other) > weightOf(one) ? other : one));
  return { unit: best, product: null };
}

/** @param {Omit<UnitValue, "value">} one @param {Omit<UnitValue, "value">} other */
const isSame = (one, other) =>
  one.layer === other.layer &&
  one.channel === other.channel &&
  one.row === other.row &&
  one.column === other.column;
