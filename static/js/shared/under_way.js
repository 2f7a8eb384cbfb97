/** What the page has asked the server for and still waits for; each can be given up. */

import { Problem } from "./problem.js";
import { createStore } from "./store.js";

/**
 * @typedef {object} Question
 * @property {string} path
 * @property {number} since_ms as `performance.now()` counts
 * @property {{done: number, total: number} | null} progress in steps; null: nobody tells
 * @property {() => void} stop
 */

/** The oldest first. */
export const under_way = createStore(/** @type {readonly Question[]} */ ([]));

/**
 * Notes what is asked until it is answered. Where somebody stops it, it fails with a problem, which
 * is told wherever this page tells what went wrong.
 *
 * @template T
 * @param {string} path
 * @param {AbortSignal | null | undefined} signal
 * @param {(signal: AbortSignal, tell: (done: number, total: number) => void) => Promise<T>} ask with
 *   a signal that Stop aborts too
 * @returns {Promise<T>}
 */
export async function whileUnderWay(path, signal, ask) {
  const stopping = new AbortController();
  const giveUp = () => stopping.abort(signal?.reason);
  if (signal?.aborted) giveUp();
  else signal?.addEventListener("abort", giveUp);
  /** @type {Question} */
  const question = {
    path,
    since_ms: performance.now(),
    progress: null,
    stop: () => stopping.abort(new Problem("stopped", "Stopped. Choose something to go on.")),
  };
  under_way.set([...under_way.get(), question]);
  try {
    return await ask(stopping.signal, (done, total) => {
      question.progress = { done, total };
    });
  } finally {
    signal?.removeEventListener("abort", giveUp);
    under_way.set(under_way.get().filter((each) => each !== question));
  }
}
