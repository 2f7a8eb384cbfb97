/** What follows from the scores as they stand: all that the parts of the chapter show. */

import { logSum, sigmoid, softmax } from "./arithmetic.js";

/**
 * @typedef {object} Row  A class with a bar.
 * @property {number} index
 * @property {string} label
 * @property {import("./network_scores.js").NetworkClass} own as the network has it
 * @property {number} score with what was moved and added
 * @property {number} tempered the same by the temperature
 * @property {number} share softmax
 * @property {number} sigmoid of the same
 *
 * @typedef {object} Rest  All other classes, as if they were one.
 * @property {number} count
 * @property {number} score
 * @property {number} tempered
 * @property {number} share
 *
 * @typedef {object} Presented
 * @property {Row[]} rows
 * @property {Rest | null} rest
 * @property {number} log_sum ln of the sum of all exponentials
 * @property {number} temperature
 * @property {number} added
 * @property {boolean} is_own nothing was changed
 */

/**
 * @param {import("./network_scores.js").NetworkScores} found
 * @param {ReturnType<import("./shown.js").ShownStore["get"]>} now
 * @param {number} rest_sum ln of the sum of e^(t / T) of all other classes, nothing added
 * @returns {Presented}
 */
export function presented({ classes, others }, { moved, temperature, added }, rest_sum) {
  const scores = classes.map(({ index, score }) => (moved[index] ?? score) + added);
  const tempered = scores.map((score) => score / temperature);
  const rest_tempered = rest_sum + added / temperature;
  const { shares, rest_share, log_sum } = softmax(tempered, rest_tempered);
  return {
    rows: classes.map((own, place) => ({
      index: own.index,
      label: own.label,
      own,
      score: scores[place],
      tempered: tempered[place],
      share: shares[place],
      sigmoid: sigmoid(tempered[place]),
    })),
    rest:
      others.length === 0
        ? null
        : {
            count: others.length,
            score: rest_tempered * temperature,
            tempered: rest_tempered,
            share: rest_share,
          },
    ...{ log_sum, temperature, added },
    is_own: temperature === 1 && added === 0 && Object.keys(moved).length === 0,
  };
}

/**
 * @param {Presented} view
 * @param {number} place of a row
 * @returns {number} ln of the sum of all other exponentials
 */
export const logSumBeside = ({ rows, rest }, place) =>
  logSum(
    rows.filter((_, other) => other !== place).map(({ tempered }) => tempered),
    rest?.tempered,
  );

/**
 * The two that are compared.
 *
 * @param {Presented} view
 * @param {{one: number, other: number}} chosen by class; -1: the first and the second
 * @returns {[number, number]} their places
 */
export function compared({ rows }, { one, other }) {
  const placeOf = (/** @type {number} */ index) => rows.findIndex((row) => row.index === index);
  const first = Math.max(0, placeOf(one));
  const second = placeOf(other);
  return [first, second >= 0 && second !== first ? second : first === 0 ? 1 : 0];
}
