/** The plane under 2 by 2 matrices: a few products and sums, to be drawn at once. */

/** @typedef {number[]} Matrix  Row by row, four numbers. */
/** @typedef {[number, number]} Pair */

/** @param {Matrix} matrix @param {readonly number[]} point @returns {Pair} */
export const applied = ([a, b, c, d], [x, y]) => [a * x + b * y, c * x + d * y];

/** @param {Matrix} second @param {Matrix} first @returns {Matrix} what second does after first */
export function product(second, first) {
  const [a, c] = applied(second, [first[0], first[2]]);
  const [b, d] = applied(second, [first[1], first[3]]);
  return [a, b, c, d];
}

/** @param {readonly number[]} point @returns {Pair} ReLU of both numbers: the plane is folded */
export const folded = ([x, y]) => [Math.max(0, x), Math.max(0, y)];

const REACH = 2;
const PARTS = 32;

/** Lines of the square from -2 to 2, in steps small enough to show where they are folded. */
export const GRID = Array.from({ length: 2 * REACH + 1 }, (_, place) => place - REACH).flatMap(
  (at) => {
    const along = Array.from({ length: PARTS + 1 }, (_, part) => (2 * REACH * part) / PARTS - REACH);
    return [along.map((t) => [at, t]), along.map((t) => [t, at])];
  },
);

/** An F: of what is mirrored or turned, one sees that. */
const CORNERS = [
  ...[[0.4, 0.3], [0.4, 1.7], [1.4, 1.7], [1.4, 1.35]],
  ...[[0.8, 1.35], [0.8, 1.1], [1.2, 1.1], [1.2, 0.8], [0.8, 0.8], [0.8, 0.3], [0.4, 0.3]],
];
export const LETTER = CORNERS.flatMap((corner, index) => {
  const next = CORNERS[index + 1];
  if (!next) return [corner];
  return Array.from({ length: 8 }, (_, part) =>
    corner.map((value, axis) => value + ((next[axis] - value) * part) / 8),
  );
});
