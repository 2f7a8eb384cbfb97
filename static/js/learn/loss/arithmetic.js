/**
 * What a chapter shows before the server has answered: products, sums and logarithms of at most ten
 * numbers.
 */

/** @param {readonly number[]} numbers */
export const sumOf = (numbers) => numbers.reduce((sum, each) => sum + each, 0);

/** @param {readonly number[]} confidences @returns {number} their arithmetic mean */
export const plainMeanOf = (confidences) => sumOf(confidences) / confidences.length;

/** @param {readonly number[]} confidences */
export const productOf = (confidences) => confidences.reduce((product, each) => product * each, 1);

/** The least power of ten that 64 bits hold with all digits (IEEE 754: from 2^-1022 on). */
export const LEAST_DECADE = -307;

/**
 * @param {number} product as 64 bits hold it
 * @param {readonly number[]} confidences
 * @returns {boolean} whether it is too small for them, and not 0 by right
 */
export const isLost = (product, confidences) =>
  product < 10 ** LEAST_DECADE && confidences.every((each) => each > 0);

/** @param {readonly number[]} confidences @returns {number[]} after each of them */
export function productsSoFar(confidences) {
  let product = 1;
  return confidences.map((each) => (product *= each));
}

/** @param {number} share between 0 and 1 @returns {number} -ln p: 0 at 1, endless at 0 */
export const costOf = (share) => 0 - Math.log(share);

/** Of what an address keeps of a number: six digits. */
const ROUNDING = 1e-5;

/**
 * @param {readonly number[]} confidences
 * @param {number} classes
 * @returns {boolean} whether each is 1/c, but for rounding
 */
export const areGuesses = (confidences, classes) =>
  confidences.every((each) => Math.abs(each * classes - 1) < ROUNDING);

/** @param {readonly number[]} confidences @returns {number} the mean of -ln p, in nats */
export const lossOf = (confidences) => sumOf(confidences.map(costOf)) / confidences.length;

/** @param {number} nats */
export const bitsOf = (nats) => nats / Math.LN2;

/** @param {number} share @returns {number} -log2 q: how long a code's word for it is */
export const wordBits = (share) => 0 - Math.log2(share);

/** @param {number} share @param {number} cost @returns {number} what never happens costs nothing */
const expected = (share, cost) => (share > 0 ? share * cost : 0);

/**
 * What events of p cost in a code made for q, in bits: each event's share, and all of them.
 *
 * @param {readonly number[]} p
 * @param {readonly number[]} q
 */
export function codeCosts(p, q) {
  const best = p.map((share) => expected(share, wordBits(share)));
  const spent = p.map((share, event) => expected(share, wordBits(q[event])));
  const wasted = spent.map((bits, event) => bits - best[event]);
  const [entropy, cross, divergence] = [best, spent, wasted].map(sumOf);
  return { best, spent, wasted, entropy, cross, divergence };
}

/**
 * Shares that sum to one, one of them as given: the others keep their proportions.
 *
 * @param {readonly number[]} shares
 * @param {number} index
 * @param {number} value between 0 and 1
 */
export function withShare(shares, index, value) {
  const others = sumOf(shares.filter((_, place) => place !== index));
  const count = shares.length - 1;
  return shares.map((each, place) => {
    if (place === index) return value;
    return others > 0 ? (each / others) * (1 - value) : (1 - value) / count;
  });
}

/** @param {readonly number[]} shares @returns {number[]} that sum to one; all alike if all are 0 */
export function normalised(shares) {
  const sum = sumOf(shares);
  return sum > 0 ? shares.map((each) => each / sum) : shares.map(() => 1 / shares.length);
}
