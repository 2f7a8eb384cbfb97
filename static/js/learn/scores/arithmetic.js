/** The arithmetic of at most ten scores that the page shows; what many classes add up to is the server's. */

/**
 * @param {number} x any number; huge ones too
 * @returns {number} 1 / (1 + e^-x), without an exponential that could overflow
 */
export function sigmoid(x) {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/**
 * The largest score is taken off first: that changes no share, and nothing overflows.
 *
 * @param {readonly number[]} scores
 * @param {number} [rest] ln of what the exponentials of all other classes add up to; none without it
 * @returns {{shares: number[], rest_share: number, log_sum: number}} log_sum: of all
 */
export function softmax(scores, rest = -Infinity) {
  const largest = Math.max(...scores, rest);
  const powers = scores.map((score) => Math.exp(score - largest));
  const rest_power = Math.exp(rest - largest);
  const sum = powers.reduce((so_far, power) => so_far + power, rest_power);
  return {
    shares: powers.map((power) => power / sum),
    rest_share: rest_power / sum,
    log_sum: largest + Math.log(sum),
  };
}

/**
 * @param {readonly number[]} scores
 * @param {number} [rest] as in `softmax`
 * @returns {number} ln of what all exponentials add up to; minus infinity where there are none
 */
export function logSum(scores, rest = -Infinity) {
  return Math.max(...scores, rest) === -Infinity ? -Infinity : softmax(scores, rest).log_sum;
}
