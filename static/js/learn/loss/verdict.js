/** What five confidences come to, in words. */

import { formatInteger } from "../../shared/format.js";
import { areGuesses, isLost, plainMeanOf, productOf } from "./arithmetic.js";
import { written } from "./figures.js";

/**
 * @param {number} mean the geometric one
 * @param {number} classes
 * @param {number[]} five
 */
export function judged(mean, classes, five) {
  const words = compared(mean, classes, five);
  if (!isLost(productOf(five), five)) return words;
  return `${words} Their product is smaller than 64 bits hold; the sum of their logarithms is not lost.`;
}

/**
 * @param {number} mean the geometric one
 * @param {number} classes
 * @param {number[]} five
 */
function compared(mean, classes, five) {
  if (mean === 0) {
    const plain = plainMeanOf(five);
    return `A right answer was ruled out: the geometric mean is 0 and the cost has no end, however \
good the others are. The plain mean is ${plain > 0 ? `still ${written(plain)}` : "0 as well"}.`;
  }
  if (mean === 1) return "Sure and right each time: 1 is the best there is, and costs nothing.";
  const guess = 1 / classes;
  const words = `a guess among ${formatInteger(classes)} classes, ${written(guess)}`;
  if (areGuesses([mean], classes)) return `Exactly as good as ${words}.`;
  if (mean < guess) return `Worse than ${words}: being sure and wrong costs more than not knowing.`;
  const sure_and_wrong = five.findIndex((each) => each < guess);
  return sure_and_wrong < 0
    ? `Better than ${words}.`
    : `Better than ${words}, though picture ${sure_and_wrong + 1} alone is worse.`;
}
