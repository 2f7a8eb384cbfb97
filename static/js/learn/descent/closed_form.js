/** What is known of gradient descent on a quadratic without taking a step. */

/**
 * How far from the lowest point it is after some steps, along one weight, without momentum.
 *
 * @param {number} rate
 * @param {number} lambda
 * @param {number} steps
 * @param {number} distance at the start
 */
export const closedForm = (rate, lambda, steps, distance) =>
  (1 - rate * lambda) ** steps * distance;

/**
 * How much one step leaves of the distance along one weight, whichever side it ends on; with
 * momentum in the long run. There it is the larger root of z² − (1 + m − rate λ) z + m, in magnitude
 * (Goh, Why Momentum Really Works, 2017).
 *
 * @param {number} rate
 * @param {number} lambda
 * @param {number} momentum
 */
export function factorOf(rate, lambda, momentum) {
  const middle = 1 + momentum - rate * lambda;
  const under = middle * middle - 4 * momentum;
  return under < 0 ? Math.sqrt(momentum) : (Math.abs(middle) + Math.sqrt(under)) / 2;
}

/**
 * The rate above which it moves away from the lowest point.
 *
 * @param {number} lambda the largest
 * @param {number} momentum
 */
export const largestRate = (lambda, momentum) => (2 * (1 + momentum)) / lambda;
