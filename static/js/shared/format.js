/** Numbers as people read them. Each is shortened for the eye; the exact one stays reachable. */

export const MINUS = "\u2212";
const NOT_FINITE = "not a number";
const NARROW_SPACE = "\u202f";
const integers = new Intl.NumberFormat("en");

/** @param {number} value */
export const formatInteger = (value) => integers.format(value);

/**
 * With the sign that people write, and none before a zero.
 *
 * @param {string} text as JavaScript writes a number
 */
export const signed = (text) => text.replace(/^-(?=0(\.0*)?$)/, "").replaceAll("-", MINUS);

/** @param {number | null} value  Every digit; words where there is no finite number. */
export const formatExact = (value) => (value === null ? NOT_FINITE : signed(String(value)));

/**
 * @param {number | null} value null where there is no finite number
 * @param {number} digits after the point
 */
export const formatFixed = (value, digits) =>
  value === null ? NOT_FINITE : signed(value.toFixed(digits));

/**
 * A difference, with its sign.
 *
 * @param {number | null} value null where there is no finite number
 * @param {number} digits after the point
 */
export const formatChange = (value, digits) =>
  (value !== null && value > 0 ? "+" : "") + formatFixed(value, digits);

/**
 * What is left of a sum, without what only its rounding left: n eps sum |terms|.
 *
 * @param {number} rest
 * @param {number[]} terms what was added and taken away
 */
export function withoutRounding(rest, terms) {
  const magnitude = terms.reduce((sum, term) => sum + Math.abs(term), 0);
  return Math.abs(rest) <= terms.length * Number.EPSILON * magnitude ? 0 : rest;
}

/**
 * Two digits after the point, and never a 0 or a 100 that is not one.
 *
 * @param {number | null} share between 0 and 1; null where there is no finite number
 */
export function formatPercent(share) {
  if (share === null) return NOT_FINITE;
  const percent = share * 100;
  let text = percent.toFixed(2);
  if (text === "0.00" && percent > 0) text = "<0.01";
  if (text === "100.00" && percent < 100) text = ">99.99";
  return `${text}${NARROW_SPACE}%`;
}

/**
 * The shortest digits that stand for this float32 and for no other.
 *
 * @param {number} value a float32
 */
export function formatFloat32(value) {
  if (!Number.isFinite(value)) return signed(String(value));
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return signed(String(shorter));
  }
  return signed(String(Number(value.toPrecision(9))));
}

/** @param {number | null} value  Three digits that count; words where there is no finite number. */
export const formatShort = (value) =>
  value === null ? NOT_FINITE : signed(String(Number(value.toPrecision(3))));

/**
 * @param {number | null} after
 * @param {number | null} before
 * @returns {number | null} null where one of them is no finite number
 */
export const difference = (after, before) =>
  after === null || before === null ? null : after - before;

/**
 * For `sort`: the largest first, what is no finite number last.
 *
 * @param {number | null} one
 * @param {number | null} other
 */
export const descending = (one, other) =>
  one === other ? 0 : (other ?? -Infinity) - (one ?? -Infinity);

/** @param {number[]} shape */
export const formatShape = (shape) => shape.join(" × ");

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes}${NARROW_SPACE}B`;
  const [divisor, unit] = bytes < 1e6 ? [1e3, "kB"] : bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(bytes / divisor).toFixed(1)}${NARROW_SPACE}${unit}`;
}

/** @param {number} count of parameters, `4.65 M` */
export function formatCount(count) {
  if (count < 1e3) return String(count);
  const [divisor, unit] = count < 1e6 ? [1e3, "k"] : count < 1e9 ? [1e6, "M"] : [1e9, "G"];
  return `${(count / divisor).toPrecision(3)}${NARROW_SPACE}${unit}`;
}

/** @param {import("../types.js").InputSize} size */
export const formatInputSize = ({ channels, height, width }) =>
  `${channels} × ${height} × ${width}`;

/** @type {Record<import("../page_types.js").Origin, string>} */
export const ORIGIN_NAMES = {
  pretrained: "pretrained",
  trained_here: "trained here",
  random: "random weights",
  custom: "your own",
};
