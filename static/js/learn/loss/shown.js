/** What the chapter shows: drawn as it is moved, kept in the address once the hand rests. */

import { createStore } from "../../shared/store.js";
import { choice, createChapterAddress, number, numbers } from "../parts/address.js";

/** @typedef {ReturnType<typeof createShown>} ShownStore */
/** @typedef {ReturnType<typeof address.get>} Shown */

export const NOTES = [0.7, 0.8, 0.6, 0.3, 0.4];
export const MOST_CLASSES = 1000;
export const MOST_PICTURES = 1500;
/** Browsers refuse an address that changes with every movement of the hand. */
const REST_MS = 200;
const SHARES = { low: 0, high: 1 };

export const address = createChapterAddress({
  five: numbers(NOTES, SHARES),
  among: number(10, { low: 2, high: MOST_CLASSES, whole: true }),
  pictures: number(1000, { low: 1, high: MOST_PICTURES, whole: true }),
  of: choice("five", /** @type {const} */ (["five", "guess"])),
  p: numbers([0.5, 0.25, 0.125, 0.125], SHARES),
  q: numbers([0.25, 0.25, 0.25, 0.25], SHARES),
  model: { usual: "", read: (text) => text, write: (value) => value },
  shows: number(-1, { low: -1, high: 1e6, whole: true }),
});

export function createShown() {
  const store = createStore(address.get());
  /** @type {Partial<Shown>} */
  let waiting = {};
  let timer = 0;

  function keep() {
    window.clearTimeout(timer);
    const changes = waiting;
    waiting = {};
    address.change(changes);
  }
  // What is waiting for the address has not been undone by what comes out of it.
  address.subscribe((next) => store.set({ ...next, ...waiting }));
  window.addEventListener("pagehide", keep);

  return {
    get: store.get,

    /**
     * @param {(keyof Shown)[]} names
     * @param {(shown: Shown) => void} listener called now, and whenever one of them is another
     */
    watch(names, listener) {
      store.subscribe((next, previous) => {
        if (names.some((name) => next[name] !== previous[name])) listener(next);
      });
      listener(store.get());
    },

    /** @param {Partial<Shown>} changes */
    change(changes) {
      waiting = { ...waiting, ...changes };
      window.clearTimeout(timer);
      timer = window.setTimeout(keep, REST_MS);
      store.set({ ...store.get(), ...changes });
    },
  };
}
