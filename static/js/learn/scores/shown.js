/** What the chapter shows, kept in its address. */

import { createChapterAddress, number, text } from "../parts/address.js";

/** @typedef {typeof shown} ShownStore */

/** As far as a score can be typed. */
export const FURTHEST = 1000;
export const MOST_ADDED = 10;
const LONGEST_NAME = 200;
const A_CLASS = { low: -1, high: 1e6, whole: true };

/** Scores that were moved, by the index of their class: `281:9.5,285:3`. */
const moved = {
  usual: /** @type {Record<number, number>} */ ({}),
  /** @param {string} written */
  read(written) {
    const pairs = written
      .split(",")
      .map((pair) => pair.split(":"))
      .filter(([index, score]) => /^\d+$/.test(index) && score && Number.isFinite(Number(score)))
      .map(([index, score]) => [
        Number(index),
        Math.min(FURTHEST, Math.max(-FURTHEST, Number(score))),
      ]);
    return pairs.length > 0 ? Object.fromEntries(pairs) : null;
  },
  /** @param {Record<number, number>} scores */
  write: (scores) =>
    Object.entries(scores)
      .map(([index, score]) => `${index}:${Number(score.toPrecision(12))}`)
      .join(","),
};

export const shown = createChapterAddress({
  model: text("", LONGEST_NAME),
  moved,
  temperature: number(1, { low: 0.1, high: 10 }),
  added: number(0, { low: -MOST_ADDED, high: MOST_ADDED }),
  /** The two whose gap is looked at, by class; -1: the two strongest. */
  one: number(-1, A_CLASS),
  other: number(-1, A_CLASS),
});
