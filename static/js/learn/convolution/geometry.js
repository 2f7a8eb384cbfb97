/** Which pixels a window meets, and how many windows there are: geometry alone, nothing is computed. */

/**
 * @typedef {object} Axis  A window that slides along one axis.
 * @property {number} size of the picture, n
 * @property {number} kernel k
 * @property {number} stride s
 * @property {number} padding p, on either side
 * @property {number} dilation d
 */

/** @param {Axis} axis @returns {number} pixels from the first of a window to its last */
export const reachOf = ({ kernel, dilation }) => dilation * (kernel - 1) + 1;

/** @param {Axis} axis */
export const paddedSize = ({ size, padding }) => size + 2 * padding;

/** @param {Axis} axis @returns {number} how many windows there is place for; 0 where none fits */
export function outputSize(axis) {
  const free = paddedSize(axis) - reachOf(axis);
  return free < 0 ? 0 : Math.floor(free / axis.stride) + 1;
}

/**
 * @param {Axis} axis
 * @returns {number} pixels at the end, padding among them, that lie beyond the last window; all
 *   where none fits
 */
export function cutPixels(axis) {
  const count = outputSize(axis);
  return count === 0 ? paddedSize(axis) : paddedSize(axis) - ((count - 1) * axis.stride + reachOf(axis));
}

/**
 * @param {Axis} axis
 * @param {number} place of the window, from 0
 * @returns {number[]} the pixels that it meets; below 0 and from n on they are padding
 */
export const pixelsOf = ({ kernel, stride, padding, dilation }, place) =>
  Array.from({ length: kernel }, (_, index) => place * stride + index * dilation - padding);

/**
 * The window over every channel, channel after channel, each row by row: a row of im2col.
 *
 * @param {number[][][]} picture (channels, rows, columns)
 * @param {Axis} axis the same down and across
 * @param {number} place of the window, row by row
 * @returns {{value: number, is_padding: boolean}[]}
 */
export function patchOf(picture, axis, place) {
  const across = outputSize(axis);
  const rows = pixelsOf(axis, Math.floor(place / across));
  const columns = pixelsOf(axis, place % across);
  return picture.flatMap((channel) =>
    rows.flatMap((row) =>
      columns.map((column) => {
        const value = channel[row]?.[column];
        return { value: value ?? 0, is_padding: value === undefined };
      }),
    ),
  );
}
