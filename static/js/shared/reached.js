/** Where a pixel of the input goes, layer by layer: in words, as a share, as a mask. */

import { sizeOf } from "./field_geometry.js";
import { formatInteger } from "./format.js";

/** @typedef {import("../types.js").ReachedLayer} ReachedLayer */

/** @param {ReachedLayer} found */
const isVector = ({ height, width }) => height * width === 1;

/**
 * @param {ReachedLayer} found
 * @returns {string} `5 × 5 of 28 × 28`; with gaps `9 places in 5 × 5 of 28 × 28`
 */
export function reachedText(found) {
  const { channels, height, width, box, units, reached_channels, touched_fraction, is_bound } = found;
  if (!box) return "not reached";
  const most = is_bound ? "at most " : "";
  if (isVector(found)) {
    return reached_channels === channels
      ? `${most}all ${formatInteger(channels)}`
      : `${most}${formatInteger(reached_channels)} of ${formatInteger(channels)}`;
  }
  const whole = `${height} × ${width}`;
  if (units === height * width) return `${most}all ${whole}`;
  const size = `${sizeOf(box)} of ${whole}`;
  return touched_fraction < 1 ? `${most}${formatInteger(units)} places in ${size}` : most + size;
}

/** @param {ReachedLayer} found @returns {number} of its places, or of a vector's features */
export function reachedShare(found) {
  const { channels, height, width, units, reached_channels } = found;
  return isVector(found) ? reached_channels / channels : units / (height * width);
}

/**
 * Layers one after the other of which the same can be said, together: a convolution and what is done
 * to its numbers one by one.
 *
 * @param {ReachedLayer[]} layers in the order of execution
 * @returns {ReachedLayer[][]}
 */
export function alikeInRow(layers) {
  /** @type {ReachedLayer[][]} */
  const groups = [];
  let before = "";
  for (const found of layers) {
    const key = JSON.stringify([reachedText(found), found.box, found.channels]);
    if (key === before) groups[groups.length - 1].push(found);
    else groups.push([found]);
    before = key;
  }
  return groups;
}

/** @param {[number, number][]} runs @param {number} index */
const isIn = (runs, index) => runs.some(([start, end]) => start <= index && index < end);

/** @param {ReachedLayer} found @param {number} channel @returns {number[]} the parts that it is in */
export const partsOf = ({ parts }, channel) =>
  parts.flatMap((part, index) => (isIn(/** @type {[number, number][]} */ (part.channels), channel) ? [index] : []));

/**
 * @param {ReachedLayer} found
 * @param {number[]} [indices] of its parts; all of them unless given
 * @returns {Uint8Array} height × width, 1 where a unit is reached
 */
export function reachedMask({ height, width, parts }, indices = [...parts.keys()]) {
  const mask = new Uint8Array(height * width);
  for (const index of indices) {
    for (const [top, bottom] of parts[index].rows) {
      for (let row = top; row < bottom; row += 1) {
        for (const [left, right] of parts[index].columns) {
          mask.fill(1, row * width + left, row * width + right);
        }
      }
    }
  }
  return mask;
}
