/** The loops of the five searchers in a few lines, and the order in which their lines are run. */

import { readable } from "../../lenses/arithmetic/values.js";

/** @typedef {import("./searchers.js").SearcherName} SearcherName */
/** @typedef {import("./searchers.js").Place} Place */

const ALL = Array.from({ length: 16 }, (_, example) => example);

/**
 * @param {SearcherName} name
 * @param {number} momentum
 * @param {number} batch
 * @returns {string[]}
 */
export function codeOf(name, momentum, batch) {
  if (name === "random_search" || name === "local_search") {
    return [
      "w ← start",
      "repeat:",
      name === "random_search" ? "    t ← random weights" : "    t ← w + a small random change",
      "    if L(t) < L(w):   # all 16 examples",
      "        w ← t",
    ];
  }
  const examples = {
    full_gradient: "all 16 examples",
    minibatch: `the next ${batch} of 16, shuffled`,
    one_at_a_time: "the next 1 of 16, shuffled",
  }[name];
  return [
    "w ← start",
    "repeat:",
    `    batch ← ${examples}`,
    "    g ← mean of ∂L/∂w over batch",
    ...(momentum > 0 ? ["    v ← m · v + g", "    w ← w − α · v"] : ["    w ← w − α · g"]),
  ];
}

/**
 * @typedef {object} Moment  One line being run.
 * @property {number} line of the code, from 0
 * @property {number} step of the searcher; 0 before the first
 * @property {string} word what the line made
 * @property {number | number[]} value
 * @property {string} [beside] what it is compared with, and what follows
 * @property {Place} place where w is after it
 * @property {Place} [trial] what is being tried
 */

/**
 * @param {import("./searchers.js").History} history
 * @returns {Moment[]}
 */
export function linesWalked({ places, trace, losses }) {
  /** @type {Moment[]} */
  const moments = [{ line: 0, step: 0, word: "w", value: places[0], place: places[0] }];
  trace.forEach((move, index) => {
    const { before, after, examples, gradient, velocity, trial, trial_loss } = move;
    const step = index + 1;
    /** @param {Omit<Moment, "step" | "place">} moment @param {Place} [place] */
    const add = (moment, place = before) => moments.push({ step, place, ...moment });
    if (trial !== null && trial_loss !== null) {
      const is_kept = trial_loss < losses[index];
      add({ line: 2, word: "t", value: trial, trial });
      const beside = `L(w) = ${readable(losses[index])}: ${is_kept ? "better, keep it" : "no better"}`;
      add({ line: 3, word: "L(t)", value: trial_loss, beside, trial });
      if (is_kept) add({ line: 4, word: "w", value: after }, after);
    } else if (gradient !== null) {
      add({ line: 2, word: "batch", value: examples ?? ALL });
      add({ line: 3, word: "g", value: gradient });
      if (velocity !== null) add({ line: 4, word: "v", value: velocity });
      add({ line: velocity === null ? 4 : 5, word: "w", value: after }, after);
    }
  });
  return moments;
}
