/** Which pixel meets which weight in which output: geometry alone, so that nothing waits for it. */

export const PICTURE_PX = 5;
export const KERNEL_PX = 3;

/** @typedef {import("./address.js").Kind} Kind */
/** @typedef {import("./address.js").Pick} Pick */
/** @typedef {{channel: number, row: number, column: number}} Place */
/** @typedef {{stride: number, padding: number, dilation: number, channels: number}} Sliding */
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

/** @param {Kind} kind @param {Sliding} sliding  There is one kernel, so the output has one channel. */
export const channelsOf = (kind, { channels }) => (kind === "output" ? 1 : channels);

/** @param {Pick} pick @param {Sliding} sliding @returns {Pick} the nearest that is there */
export function within({ kind, channel, row, column }, sliding) {
  const last = sizeOf(kind, sliding) - 1;
  return {
    kind,
    channel: Math.min(channel, channelsOf(kind, sliding) - 1),
    row: Math.min(row, last),
    column: Math.min(column, last),
  };
}

/** @param {Place} place @param {number} size  Channel after channel, each row by row. */
export const indexOf = ({ channel, row, column }, size) => (channel * size + row) * size + column;

/** @param {number} index @param {number} size @returns {Place} */
export const placeAt = (index, size) => ({
  channel: Math.floor(index / size ** 2),
  row: Math.floor(index / size) % size,
  column: index % size,
});

/** @param {number} size @param {number} [channels] @returns {Place[]} channel after channel */
export const placesOf = (size, channels = 1) =>
  Array.from({ length: channels * size ** 2 }, (_, index) => placeAt(index, size));

/** @param {Place} one @param {Place} other */
const isSame = (one, other) =>
  one.channel === other.channel && one.row === other.row && one.column === other.column;

/** @param {number} output @param {number} weight @param {Sliding} sliding  Along one axis. */
const along = (output, weight, { stride, padding, dilation }) =>
  output * stride + weight * dilation - padding;

/**
 * Every multiplication that a pixel, a weight or an output has a part in, by output and then by
 * weight, as the server tells them.
 *
 * @param {Pick} pick
 * @param {Sliding} sliding
 * @returns {Use[]}
 */
export function usesOf(pick, sliding) {
  const inside = (/** @type {number} */ index) => index >= 0 && index < PICTURE_PX;
  return placesOf(outputSize(sliding)).flatMap((output) =>
    placesOf(KERNEL_PX, sliding.channels).flatMap((weight) => {
      const row = along(output.row, weight.row, sliding);
      const column = along(output.column, weight.column, sliding);
      const { channel } = weight;
      const is_inside = inside(row) && inside(column);
      const use = { pixel: is_inside ? { channel, row, column } : null, weight, output };
      const chosen = use[pick.kind];
      return chosen && isSame(chosen, pick) ? [use] : [];
    }),
  );
}

/**
 * In how many multiplications each pixel of a channel is: the two axes multiply.
 *
 * @param {Sliding} sliding
 * @returns {number[]} row by row
 */
export function fanOut(sliding) {
  const times = new Array(PICTURE_PX).fill(0);
  for (let output = 0; output < outputSize(sliding); output += 1) {
    for (let weight = 0; weight < KERNEL_PX; weight += 1) {
      const pixel = along(output, weight, sliding);
      if (pixel in times) times[pixel] += 1;
    }
  }
  return placesOf(PICTURE_PX).map(({ row, column }) => times[row] * times[column]);
}
