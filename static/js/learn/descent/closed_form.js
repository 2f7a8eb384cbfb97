/** What is known of a surface, and of gradient descent on a quadratic, without taking a step. */

/** @typedef {{curvatures: readonly number[], ripple: number, frequency: number}} Field */

/**
 * The height of a surface: models/scratch/surface.py.
 *
 * @param {Field} field
 * @param {number[]} distances from its lowest point, along both weights
 */
export const heightOf = ({ curvatures, ripple, frequency }, distances) =>
  distances.reduce(
    (sum, d, axis) =>
      sum + (curvatures[axis] * d * d) / 2 + ripple * (1 - Math.cos(frequency * d)),
    0,
  );

/**
 * Its gradient.
 *
 * @param {Field} field
 * @param {number[]} distances
 */
export const gradientOf = ({ curvatures, ripple, frequency }, distances) =>
  distances.map((d, axis) => curvatures[axis] * d + ripple * frequency * Math.sin(frequency * d));

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
