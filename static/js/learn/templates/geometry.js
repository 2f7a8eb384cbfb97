/** Three linear scores over the plane: where each is largest, where each is 0. */

/**
 * @typedef {object} Score  y = w . x + b
 * @property {[number, number]} w
 * @property {number} b
 */

/** @typedef {[number, number]} Place */

/**
 * @param {readonly number[]} lines w1, w2 and b of each
 * @returns {Score[]}
 */
export const scoresOf = (lines) =>
  [0, 3, 6].map((first) => ({ w: [lines[first], lines[first + 1]], b: lines[first + 2] }));

/** @param {readonly Score[]} scores @returns {number[]} as an address has them */
export const linesOf = (scores) => scores.flatMap(({ w, b }) => [...w, b]);

/** @param {Score} score @param {readonly number[]} at @returns {number} */
export const valueAt = ({ w, b }, [x, y]) => w[0] * x + w[1] * y + b;

/** @param {readonly Score[]} scores @param {readonly number[]} at @returns {number} the first of the largest */
export function bestAt(scores, at) {
  const values = scores.map((score) => valueAt(score, at));
  return values.indexOf(Math.max(...values));
}

/**
 * The part of a polygon where a linear function is not below 0.
 * Source: Sutherland and Hodgman, Reentrant polygon clipping, 1974.
 *
 * @param {Place[]} corners
 * @param {Score} score
 * @returns {Place[]}
 */
function clipped(corners, score) {
  return corners.flatMap((corner, index) => {
    const before = corners.at(index - 1) ?? corner;
    const [here, there] = [valueAt(score, corner), valueAt(score, before)];
    /** @type {Place[]} */
    const kept = here >= 0 ? [corner] : [];
    if (here >= 0 === there >= 0) return kept;
    const share = there / (there - here);
    /** @type {Place} */
    const crossing = [
      before[0] + share * (corner[0] - before[0]),
      before[1] + share * (corner[1] - before[1]),
    ];
    return [crossing, ...kept];
  });
}

/**
 * @param {readonly Score[]} scores
 * @param {number} reach of the square, from minus this to this
 * @returns {Place[][]} of each class the polygon where its score is the largest; empty for none
 */
export function regionsOf(scores, reach) {
  /** @type {Place[]} */
  const square = [[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]];
  return scores.map((score, index) =>
    scores.reduce((corners, other, place) => {
      if (place === index) return corners;
      const difference = {
        w: /** @type {Place} */ ([score.w[0] - other.w[0], score.w[1] - other.w[1]]),
        b: score.b - other.b,
      };
      return clipped(corners, difference);
    }, square),
  );
}

/**
 * @param {Score} score
 * @param {number} reach
 * @returns {Place[]} two points, beyond the square, of the line where it is 0; none for no line
 */
export function zeroLine({ w, b }, reach) {
  const length = Math.hypot(...w);
  if (length === 0) return [];
  const foot = [(-b * w[0]) / length ** 2, (-b * w[1]) / length ** 2];
  const far = (3 * reach + Math.hypot(...foot)) / length;
  return [
    [foot[0] - far * w[1], foot[1] + far * w[0]],
    [foot[0] + far * w[1], foot[1] - far * w[0]],
  ];
}

/**
 * @param {Score} score
 * @param {Place} at
 * @returns {Place} the point of the line where it is 0 that is nearest
 */
export function onLine(score, at) {
  const square = score.w[0] ** 2 + score.w[1] ** 2;
  if (square === 0) return at;
  const share = valueAt(score, at) / square;
  return [at[0] - share * score.w[0], at[1] - share * score.w[1]];
}

/**
 * @param {readonly Score[]} scores
 * @param {number} y
 * @param {number} reach
 * @returns {number[]} where along x, at this y, another score becomes the largest
 */
export function changesAlong(scores, y, reach) {
  const crossings = [[0, 1], [0, 2], [1, 2]].flatMap(([one, other]) => {
    const slope = scores[one].w[0] - scores[other].w[0];
    const rest = valueAt(scores[one], [0, y]) - valueAt(scores[other], [0, y]);
    const x = -rest / slope;
    if (slope === 0 || Math.abs(x) >= reach) return [];
    const largest = Math.max(...scores.map((score) => valueAt(score, [x, y])));
    const here = valueAt(scores[one], [x, y]);
    return largest - here <= 1e-9 * Math.max(1, Math.abs(largest)) ? [x] : [];
  });
  return crossings.sort((one, other) => one - other);
}
