/** The five searchers, and what the server says of them. */

/**
 * @typedef {"random_search" | "local_search" | "full_gradient" | "minibatch" | "one_at_a_time"}
 *   SearcherName
 */

/**
 * @typedef {object} Searcher
 * @property {SearcherName} name
 * @property {string} text
 * @property {string} tone of the plots
 * @property {boolean} has_gradient
 */

/** @type {readonly Searcher[]} */
export const SEARCHERS = [
  { name: "random_search", text: "random search", tone: "fourth", has_gradient: false },
  { name: "local_search", text: "random local search", tone: "sixth", has_gradient: false },
  { name: "full_gradient", text: "full gradient", tone: "first", has_gradient: true },
  { name: "minibatch", text: "minibatch", tone: "third", has_gradient: true },
  { name: "one_at_a_time", text: "one at a time", tone: "second", has_gradient: true },
];

export const NAMES = SEARCHERS.map(({ name }) => name);

/** @typedef {number[]} Place  Two of them. */

/**
 * @typedef {object} Move  One of the first steps, in full.
 * @property {Place} before
 * @property {Place} after
 * @property {number[] | null} examples
 * @property {Place | null} gradient
 * @property {Place | null} velocity with momentum
 * @property {Place | null} trial
 * @property {number | null} trial_loss
 */

/**
 * @typedef {object} History  Columns, with an entry for each step that was kept.
 * @property {number[]} steps
 * @property {number[]} evaluations examples looked at
 * @property {number[]} seconds
 * @property {number[]} losses
 * @property {Place[]} places
 * @property {Move[]} trace
 * @property {boolean} diverged
 */

/**
 * @typedef {object} RaceAnswer
 * @property {number} examples
 * @property {Record<SearcherName, History>} searchers only those that took part
 * @property {number[][]} [heights]
 * @property {Record<SearcherName, number>} [accuracy] on digits that were not learned from
 * @property {number} [squared_length] of the pixels of one digit
 */

/** So many kinds of luck, from 0. */
export const SEEDS = 10_000;
/** The map reaches from -REACH to REACH, as the server has it. */
export const REACH = 3;
/** @type {Place} */
export const LOWEST = [1, 0.5];

/**
 * Where a searcher is once all have looked at so many examples.
 *
 * @param {History} history
 * @param {number} evaluations
 * @returns {number} an index of its columns
 */
export function indexAt({ evaluations: reached }, evaluations) {
  let index = 0;
  while (index + 1 < reached.length && reached[index + 1] <= evaluations) index += 1;
  return index;
}
