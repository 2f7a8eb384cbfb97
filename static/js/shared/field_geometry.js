/** Receptive fields in the browser: the closed form that the server lists with every layer. */

/** @typedef {import("../types.js").Box} Box */
/** @typedef {import("../types.js").ReceptiveField} ReceptiveField */
/** @typedef {import("../types.js").Size} Size */

/**
 * What a unit sees in theory, in pixels of the input; it may leave it.
 *
 * @param {ReceptiveField} field
 * @param {number} row
 * @param {number} column
 * @returns {Box | null} null: there is no closed form
 */
export function theoreticalBox({ size, stride, padding }, row, column) {
  if (!size || !stride || !padding) return null;
  const top = row * stride.height - padding.height;
  const left = column * stride.width - padding.width;
  return { top, left, bottom: top + size.height, right: left + size.width };
}

/**
 * @param {Box} box
 * @param {Size} size
 * @returns {Box} the part inside
 */
export function clipped({ top, left, bottom, right }, { height, width }) {
  /** @param {number} value @param {number} end */
  const within = (value, end) => Math.min(Math.max(value, 0), end);
  return {
    top: within(top, height),
    left: within(left, width),
    bottom: within(bottom, height),
    right: within(right, width),
  };
}

/**
 * What can be said of a unit at once, before the server has walked the graph.
 *
 * @param {import("../types.js").Layer} layer
 * @param {{row: number, column: number}} unit
 * @param {Size} input_size
 * @returns {{theoretical: Box | null, reached: Box | null}}
 */
export function boxesAtOnce(layer, { row, column }, input_size) {
  const field = layer.receptive_field;
  const theoretical = theoreticalBox(field, row, column);
  if (theoretical) return { theoretical, reached: clipped(theoretical, input_size) };
  const { height, width } = input_size;
  const whole = { top: 0, left: 0, bottom: height, right: width };
  return { theoretical: null, reached: field.extent === "global" ? whole : null };
}

/** @param {Size} size @returns {string} `224` of a square, else `200 × 224` */
export const sideText = ({ height, width }) => (height === width ? `${height}` : `${height} × ${width}`);

/** @param {Size | null} size of a field @param {Size} input @returns {boolean} whether it goes past the input on any side */
export const isWider = (size, input) => size !== null && (size.height > input.height || size.width > input.width);

/** @param {Size | null} size of a field @param {Size} input @returns {string} "" where it fits */
export const widerText = (size, input) =>
  isWider(size, input) ? `wider than the ${sideText(input)} px input: padding fills the rest` : "";

/** @param {Box} box `67 × 67` */
export function sizeOf({ top, left, bottom, right }) {
  return `${bottom - top} × ${right - left}`;
}
