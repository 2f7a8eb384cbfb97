/** Boxes over a network's input: what a unit sees, and how much of a thing that is. */

import { theoreticalBox } from "../../shared/field_geometry.js";

/** @typedef {import("../../types.js").Box} Box */
/** @typedef {import("../../types.js").Layer} Layer */

/** @param {number[]} sides left, top, right, bottom @returns {Box} */
export const boxOfSides = ([left, top, right, bottom]) => ({ left, top, right, bottom });

/** @param {Box} box */
export const areaOf = ({ left, top, right, bottom }) => Math.max(0, right - left) * Math.max(0, bottom - top);

/** @param {Box} one @param {Box} other @returns {Box} of no area where they do not meet */
export const meet = (one, other) => ({
  left: Math.max(one.left, other.left),
  top: Math.max(one.top, other.top),
  right: Math.min(one.right, other.right),
  bottom: Math.min(one.bottom, other.bottom),
});

/** @param {number} value @param {number} low @param {number} high */
export const within = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * The place in a layer whose field has its centre nearest to that of a box. No other sees more of
 * the box.
 *
 * @param {Layer} layer with rows and columns
 * @param {Box} box
 * @returns {{row: number, column: number}}
 */
export function placeOver({ output_shape: [, rows, columns], receptive_field: { size, stride, padding } }, box) {
  /** @param {"height" | "width"} axis @param {number} centre @param {number} count */
  const nearest = (axis, centre, count) => {
    if (!size || !stride || !padding) return 0;
    return within(Math.round((centre - size[axis] / 2 + padding[axis]) / stride[axis]), 0, count - 1);
  };
  return {
    row: nearest("height", (box.top + box.bottom) / 2, rows),
    column: nearest("width", (box.left + box.right) / 2, columns),
  };
}

/**
 * @param {Layer} layer
 * @param {Box} box
 * @returns {{row: number, column: number, field: Box, share: number}} the unit over the box, and how
 *   much of the box it sees
 */
export function unitOver(layer, box) {
  const place = placeOver(layer, box);
  const field = theoreticalBox(layer.receptive_field, place.row, place.column) ?? box;
  return { ...place, field, share: areaOf(meet(field, box)) / areaOf(box) };
}
