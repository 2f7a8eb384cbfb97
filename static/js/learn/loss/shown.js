/** What the chapter shows, kept in its address. */

import { choice, createChapterAddress, number, numbers } from "../parts/address.js";

/** @typedef {typeof shown} ShownStore */
/** @typedef {ReturnType<typeof address.get>} Shown */

export const NOTES = [0.7, 0.8, 0.6, 0.3, 0.4];
export const MOST_CLASSES = 1000;
export const MOST_PICTURES = 1500;
const SHARES = { low: 0, high: 1 };

const address = createChapterAddress({
  five: numbers(NOTES, SHARES),
  among: number(10, { low: 2, high: MOST_CLASSES, whole: true }),
  pictures: number(1000, { low: 1, high: MOST_PICTURES, whole: true }),
  of: choice("five", /** @type {const} */ (["five", "guess"])),
  p: numbers([0.5, 0.25, 0.125, 0.125], SHARES),
  q: numbers([0.25, 0.25, 0.25, 0.25], SHARES),
  model: { usual: "", read: (text) => text, write: (value) => value },
  shows: number(-1, { low: -1, high: 1e6, whole: true }),
});

export const shown = {
  ...address,

  /**
   * @param {(keyof Shown)[]} names
   * @param {(now: Shown) => void} listener called now, and whenever one of them is another
   */
  watch(names, listener) {
    address.subscribe((next, previous) => {
      if (names.some((name) => next[name] !== previous[name])) listener(next);
    });
    listener(address.get());
  },
};
