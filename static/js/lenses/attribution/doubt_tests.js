/** The tests of the map in hand: which of them were run, and what each found. */

import { decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { agreementResult, deletionResult, randomisationResult } from "./doubt_results.js";

/** @typedef {"randomisation" | "deletion" | "agreement"} Test */
/** @typedef {import("./doubt_results.js").Finding} Finding */
/** @typedef {ReturnType<typeof createDoubtTests>} DoubtTests */
/** @typedef {import("../../page_types.js").Context & {doubts: DoubtTests}} WhyContext */

/**
 * @typedef {{phase: "not run" | "queued" | "stopped" | "alone"}
 *   | {phase: "running", done: number, total: number}
 *   | {phase: "problem", message: string}
 *   | {phase: "done", finding: Finding}} Found  alone: there is no method to compare with
 *
 * @typedef {object} Asked
 * @property {Test} test
 * @property {string} key of everything that the answer depends on
 * @property {string} model
 * @property {import("../../types.js").AttributionMethod} method
 * @property {import("../../api/api.js").AttributionQuery} query
 * @property {import("./attribution.js").Target} target
 */

/** @type {{test: Test, name: string, text: string, title: string}[]} */
export const TESTS = [
  {
    test: "randomisation",
    name: "Random weights",
    text: "Randomise the network",
    title: "Take the learned weights away, block by block from the top: does the map notice?",
  },
  {
    test: "deletion",
    name: "Deleted pixels",
    text: "Delete and insert",
    title: "Take the pixels away that the map calls important: does the score fall?",
  },
  {
    test: "agreement",
    name: "Other methods",
    text: "Compare the methods",
    title: "Do the methods beside each other rank the pixels alike?",
  },
];
/** So that going back to a map that was tested finds what was found. */
const KEPT = 24;
const NOT_RUN = /** @type {const} */ ({ phase: "not run" });

/** @param {import("../../page_types.js").Context} context */
export function createDoubtTests({ api, state, analysis, attribution }) {
  /** Counts the changes: what there is to read is asked for by `get`. */
  const changes = createStore(0);
  /** @type {Map<string, Found>} */
  const kept = new Map();
  /** The first of them runs. @type {Asked[]} */
  let queue = [];
  /** @type {AbortController | null} */
  let stop = null;

  const publish = () => changes.set(changes.get() + 1);

  /** @param {string} key @param {Found} found */
  function keep(key, found) {
    kept.delete(key);
    kept.set(key, found);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    publish();
  }

  /** @param {Test} test @returns {Asked | null} null where there is no map to test */
  function subject(test) {
    const card = attribution.chosen();
    const { cards, catalogue, target } = attribution.get();
    const { image, model } = analysis.get();
    const own = card ? attribution.queryOf(card) : null;
    // What stands there until the next map is here is of a picture or a network that is left.
    if (!card || !catalogue || !target || !own || catalogue.model !== model?.id) return null;
    const layer = state.get().why_layer;
    const methods = cards.map(({ method }) => method.name).join(",");
    const query = test === "agreement" ? { image: String(image), ...target.query, layer, methods } : own;
    return {
      ...{ test, query, method: card.method, model: catalogue.model, target },
      key: JSON.stringify([test, catalogue.model, card.method.name, query]),
    };
  }

  /** @param {Asked} asked */
  const isAlone = ({ test, query }) => test === "agreement" && !String(query.methods).includes(",");

  /** @param {Test} test @returns {Found} of the map in hand, and of no other */
  function get(test) {
    const asked = subject(test);
    return (asked && kept.get(asked.key)) ?? NOT_RUN;
  }

  /** @param {Test[]} wanted one after the other: the server has others to answer */
  function run(wanted) {
    for (const test of wanted) {
      const asked = subject(test);
      if (!asked || queue.some(({ key }) => key === asked.key)) continue;
      if (isAlone(asked)) {
        keep(asked.key, { phase: "alone" });
        continue;
      }
      queue.push(asked);
      keep(asked.key, { phase: "queued" });
    }
    if (!stop) work();
  }

  async function work() {
    const mine = new AbortController();
    stop = mine;
    for (let asked = queue[0]; asked && !mine.signal.aborted; asked = queue[0]) {
      const { key } = asked;
      keep(key, { phase: "running", done: 0, total: 0 });
      /** @type {Found} */
      let found;
      try {
        found = { phase: "done", finding: await ask(asked, mine.signal) };
      } catch (error) {
        found = { phase: "problem", message: asProblem(error).message };
      }
      if (mine.signal.aborted) return;
      queue.shift();
      keep(key, found);
    }
    if (stop === mine) stop = null;
    publish();
  }

  /** @param {Asked} asked @param {AbortSignal} signal @returns {Promise<Finding>} */
  async function ask({ test, key, model, method, query, target }, signal) {
    /** @param {number} done @param {number} total */
    const follow = (done, total) => {
      if (!signal.aborted) keep(key, { phase: "running", done, total });
    };
    const methods = attribution.get().catalogue?.methods ?? [];
    if (test === "agreement") {
      const { pairs } = await api.attributionAgreement(model, query, follow, signal);
      return agreementResult(pairs, methods, method);
    }
    const found = await api.attributionTest(model, method.name, test, query, follow, signal);
    if (test === "deletion") return deletionResult(found, method.title, target);
    const body = await api.randomisationMaps(model, method.name, query, signal);
    const url = api.inputUrl(model, String(query.image), "png");
    const size = analysis.get().seen?.input_size ?? { height: 1, width: 1 };
    return randomisationResult(found, decodeNpy(body), size, url, method.title);
  }

  /** @param {boolean} is_wanted whether it is to be said that it was stopped */
  function cancel(is_wanted) {
    stop?.abort();
    stop = null;
    const given_up = queue;
    queue = [];
    for (const { key } of given_up) {
      if (is_wanted) kept.set(key, { phase: "stopped" });
      else kept.delete(key);
    }
    publish();
  }

  /** What runs is of the map in hand, or it is given up. */
  function update() {
    if (analysis.get().model === null) kept.clear(); // something else is true of the network now
    if (queue.some(({ test, key }) => subject(test)?.key !== key)) cancel(false);
    else publish();
  }
  const ends = [attribution, state, analysis].map((source) => source.subscribe(update));

  return {
    get,
    run,
    subscribe: changes.subscribe,
    stop: () => cancel(true),
    /** @returns {boolean} whether there is a map that could be tested */
    isPossible: () => subject("randomisation") !== null,
    /** The tests of this map that have not been run, as far as they can be. */
    left: () =>
      TESTS.map(({ test }) => test).filter((test) => {
        const asked = subject(test);
        return asked !== null && !isAlone(asked) && get(test).phase !== "done";
      }),
    /** @returns {(Found & {phase: "running", name: string}) | null} */
    running() {
      for (const { test, name } of TESTS) {
        const found = get(test);
        if (found.phase === "running") return { ...found, name };
      }
      return null;
    },
    destroy() {
      for (const end of ends) end();
      cancel(false);
    },
  };
}
