/** The axes of a plot: from numbers to pixels and back, and where their ticks stand. */

import { linearTicks } from "../../shared/axes.js";

/**
 * @typedef {object} Axis
 * @property {number} low
 * @property {number} high
 * @property {string} label
 * @property {boolean} [is_log] low is above 0
 * @property {number} [ticks] about so many
 */

/** @typedef {{to: (value: number) => number, from: (px: number) => number}} Scale */

/** @param {Axis} axis @param {number} start_px @param {number} end_px @returns {Scale} */
export function linearScale({ low, high }, start_px, end_px) {
  const ratio = (end_px - start_px) / (high - low || 1);
  return {
    to: (value) => start_px + (value - low) * ratio,
    from: (px) => low + (px - start_px) / ratio,
  };
}

/** @param {Axis} axis @param {number} start_px @param {number} end_px @returns {Scale} */
export function logScale({ low, high, label }, start_px, end_px) {
  const ends = { low: Math.log10(low), high: Math.log10(high), label };
  const scale = linearScale(ends, start_px, end_px);
  return {
    // What is too small for the axis leaves at its end.
    to: (value) => scale.to(Math.log10(Math.max(value, low / 10))),
    from: (px) => 10 ** scale.from(px),
  };
}

/** @param {Axis} axis @returns {number[]} round numbers on it */
export function ticksOf({ low, high, is_log = false, ticks = 5 }) {
  if (is_log) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    return Array.from({ length: last - first + 1 }, (_, place) => 10 ** (first + place));
  }
  const step = linearTicks(high - low, ticks)[1] ?? high - low;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, place) =>
    // A multiple of the step, without what rounding added.
    Number(((first + place) * step).toPrecision(12)),
  );
}
