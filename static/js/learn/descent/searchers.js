/** The five searchers, and what the server is asked and answers about them. */

import { followJson } from "../../api/request.js";

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
const GRID = 61;

/**
 * @param {object} body as the API documents it
 * @param {(so_far: RaceAnswer) => void} onNews
 * @param {AbortSignal} [signal]
 * @returns {Promise<RaceAnswer>}
 */
export const askRace = (body, onNews, signal) => followJson("/learn/race", body, onNews, signal);

/**
 * The same, for a race on a surface; its heights, which take longest to send and to draw, are asked
 * for once for each surface that comes after another.
 */
export function createSurfaceAsking() {
  let known = "";

  /**
   * @template {{field: {curvatures: number[], ripple?: number}}} Body
   * @param {Body} body
   * @returns {Promise<RaceAnswer>} with heights if they are not those of the answer before
   */
  return async (body) => {
    const { curvatures, ripple = 0 } = body.field;
    const surface = [...curvatures, ripple].join();
    const grid = surface === known ? 0 : GRID;
    const answer = await askRace({ ...body, field: { ...body.field, grid } }, () => undefined);
    known = surface;
    return answer;
  };
}

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

/**
 * Calls `show` now, and then whenever one of these values of the address is another.
 *
 * @template {object} Shown
 * @param {{get: () => Shown, subscribe: (listener: () => void) => void}} address
 * @param {readonly (keyof Shown)[]} names
 * @param {(shown: Shown) => void} show
 */
export function watch(address, names, show) {
  let before = "";
  function check() {
    const shown = address.get();
    const now = JSON.stringify(names.map((name) => shown[name]));
    if (now === before) return;
    before = now;
    show(shown);
  }
  address.subscribe(check);
  check();
}

/**
 * Asks for the newest while something is dragged: one question at a time, and the last one always.
 * Unlike one that gives up each question for the next, it also answers while the hand moves.
 *
 * @template Question, Answer
 * @param {(question: Question) => Promise<Answer>} ask
 * @param {(answer: Answer, question: Question) => void} apply
 * @param {(error: unknown) => void} fail
 */
export function createNewest(ask, apply, fail) {
  /** @type {Question | null} */
  let next = null;
  let is_asking = false;

  async function run() {
    is_asking = true;
    while (next !== null) {
      const question = next;
      next = null;
      try {
        apply(await ask(question), question);
        fail(null);
      } catch (error) {
        fail(error);
      }
    }
    is_asking = false;
  }

  return {
    /** @param {Question} question */
    want(question) {
      next = question;
      if (!is_asking) run();
    },
  };
}
