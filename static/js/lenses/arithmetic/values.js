/** Single numbers as people read them here: short, with the exact one at hand, and in colour. */

import { colourTable } from "../../shared/colours.js";
import { formatFixed, formatFloat32, formatShort, signed } from "../../shared/format.js";

const ZERO = 128;
const STEPS = 127;
// Relative luminance at which black and white stand out alike, each 4.6 to 1.
const DARK_BELOW = 0.179;

/** @param {number | null} value of any precision */
export const exactText = (value) =>
  value === null ? "not finite" : signed(String(value));

/** @param {number | null} value a float32 */
export const exactFloat32 = (value) => (value === null ? "not finite" : formatFloat32(value));

/**
 * @param {number | null} value
 * @returns {string} at most four digits that count
 */
export function readable(value) {
  if (value === null) return "not finite";
  if (!Number.isFinite(value)) return signed(String(value));
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e6)) {
    return signed(value.toExponential(2));
  }
  return signed(String(Number(value.toPrecision(4))));
}

/** @param {number} value  Short enough for a small cell. */
export function cellText(value) {
  if (value === 0 || !Number.isFinite(value)) return formatShort(value).replace("Infinity", "∞");
  const magnitude = Math.abs(value);
  const digits = magnitude < 10 ? 2 : magnitude < 100 ? 1 : 0;
  return magnitude < 1e5
    ? formatFixed(value, digits)
    : signed(value.toExponential(0));
}

/** @param {number} value  At most four characters, a thousand and more besides, for where many cells share a narrow screen. */
export function cellTextShort(value) {
  if (value === 0 || !Number.isFinite(value)) return cellText(value);
  const magnitude = Math.abs(value);
  if (magnitude < 0.995) return formatFixed(value, 2).replace("0.", ".");
  if (magnitude < 9.95) return formatFixed(value, 1);
  return magnitude < 999.5 ? formatFixed(value, 0) : signed(value.toExponential(0).replace("+", ""));
}

/**
 * @param {number} value
 * @param {number} largest magnitude that has the strongest colour
 * @returns {{background: string, ink: string}} zero is neutral, as in the maps
 */
export function colourOf(value, largest) {
  const share = largest > 0 && Number.isFinite(value) ? value / largest : 0;
  const entry = ZERO + Math.floor(Math.max(-1, Math.min(1, share)) * STEPS + 0.5);
  const bytes = new Uint8Array(colourTable("diverging").buffer, entry * 4, 3);
  return { background: `rgb(${bytes.join(" ")})`, ink: inkOn(bytes) };
}

/** @param {ArrayLike<number>} colour red, green and blue, 0 to 255 @returns {string} that is read on it */
export function inkOn({ 0: red, 1: green, 2: blue }) {
  const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return light < DARK_BELOW ? "#ffffff" : "#000000";
}

/**
 * Source: WCAG 2.2, "relative luminance".
 *
 * @param {number} level of a colour, 0 to 255
 */
function linear(level) {
  const share = level / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** @param {ArrayLike<number>} values @returns {number} the largest finite magnitude */
export function largestMagnitude(values) {
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) {
    const magnitude = Math.abs(values[index]);
    if (Number.isFinite(magnitude) && magnitude > largest) largest = magnitude;
  }
  return largest;
}

/**
 * @param {{layer: string, channel: number, row: number | null, column: number | null}} unit
 * @returns {string} `3, 40, 52 of blocks.0.0.conv_pw`
 */
export function placeText({ layer, channel, row, column }) {
  const place = row === null ? `${channel}` : `${channel}, ${row}, ${column}`;
  return `${place} of ${layer}`;
}
