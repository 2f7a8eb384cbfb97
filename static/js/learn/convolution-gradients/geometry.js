/** Which pixel meets which weight in which output: geometry alone, so that nothing waits for it. */

export const PICTURE_PX = 5;
export const KERNEL_PX = 3;

/** @typedef {import("./address.js").Kind} Kind */
/** @typedef {import("./address.js").Pick} Pick */
/** @typedef {{row: number, column: number}} Place */
/** @typedef {{stride: number, padding: number, dilation: number}} Sliding */
/**
 * @typedef {object} Use  One multiplication.
 * @property {Place | null} pixel null in the padding
 * @property {Place} weight
 * @property {Place} output
 */

/** @param {Sliding} sliding @returns {number} rows, and columns, of the output */
export function outputSize({ stride, padding, dilation }) {
  const reach = dilation * (KERNEL_PX - 1) + 1;
  return Math.floor((PICTURE_PX + 2 * padding - reach) / stride) + 1;
}

/** @param {Kind} kind @param {Sliding} sliding @returns {number} rows, and columns */
export const sizeOf = (kind, sliding) =>
  ({ pixel: PICTURE_PX, weight: KERNEL_PX, output: outputSize(sliding) })[kind];

/** @param {Pick} pick @param {Sliding} sliding @returns {Pick} the nearest that is there */
export function within({ kind, row, column }, sliding) {
  const last = sizeOf(kind, sliding) - 1;
  return { kind, row: Math.min(row, last), column: Math.min(column, last) };
}

/** @param {number} size @returns {Place[]} row by row */
export const placesOf = (size) =>
  Array.from({ length: size * size }, (_, index) => ({
    row: Math.floor(index / size),
    column: index % size,
  }));

/** @param {Place} one @param {Place} other */
const isSame = (one, other) => one.row === other.row && one.column === other.column;

/**
 * Every multiplication that a pixel, a weight or an output has a part in, by output and then by
 * weight, as the server tells them.
 *
 * @param {Pick} pick
 * @param {Sliding} sliding
 * @returns {Use[]}
 */
export function usesOf(pick, sliding) {
  const { stride, padding, dilation } = sliding;
  const along = (/** @type {number} */ output, /** @type {number} */ weight) =>
    output * stride + weight * dilation - padding;
  const inside = (/** @type {number} */ index) => index >= 0 && index < PICTURE_PX;
  return placesOf(outputSize(sliding)).flatMap((output) =>
    placesOf(KERNEL_PX).flatMap((weight) => {
      const row = along(output.row, weight.row);
      const column = along(output.column, weight.column);
      const use = { pixel: inside(row) && inside(column) ? { row, column } : null, weight, output };
      const chosen = use[pick.kind];
      return chosen && isSame(chosen, pick) ? [use] : [];
    }),
  );
}
