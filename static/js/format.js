/** Numbers as people read them. Each is shortened for the eye; the exact one stays reachable. */

const MINUS = "\u2212";
const NARROW_SPACE = "\u202f";
const integers = new Intl.NumberFormat("en");

/** @param {number} value */
export const formatInteger = (value) => integers.format(value);

/**
 * @param {number} value
 * @param {number} digits after the point
 */
export const formatFixed = (value, digits) => value.toFixed(digits).replace("-", MINUS);

/**
 * Two digits after the point, and never a 0 or a 100 that is not one.
 *
 * @param {number} share between 0 and 1
 */
export function formatPercent(share) {
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
  if (!Number.isFinite(value)) return String(value).replace("-", MINUS);
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter).replace("-", MINUS);
  }
  return String(Number(value.toPrecision(9))).replace("-", MINUS);
}

/** @param {number} value  Three digits that count. */
export const formatShort = (value) =>
  String(Number(value.toPrecision(3))).replace("-", MINUS);

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

/** @param {import("./types.js").InputSize} size */
export const formatInputSize = ({ channels, height, width }) =>
  `${channels} × ${height} × ${width}`;

/** @type {Record<import("./types.js").Origin, string>} */
export const ORIGIN_NAMES = {
  pretrained: "pretrained",
  trained_here: "trained here",
  random: "random weights",
  custom: "your own",
};
