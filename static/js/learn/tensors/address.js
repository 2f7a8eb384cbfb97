/** What the chapter shows, kept in its address. */

import { choice, createChapterAddress, number, numbers } from "../parts/address.js";

/** @typedef {typeof address} Address */
/** @typedef {ReturnType<typeof address.get>} Shown */
/** @typedef {"a" | "b" | "c"} PatchName */
/** @typedef {"dot" | "cosine" | "centred" | "distance"} Measure */

export const SIDE = 8;
export const PICTURE_PX = 64;
export const MOST_PLACE = PICTURE_PX - SIDE;
export const LEAST_P = 0.5;
export const MOST_P = 64;
export const CHANNELS = /** @type {const} */ (["red", "green", "blue"]);
const MOST_PICTURES = 8;

const place = { low: 0, high: MOST_PLACE };
/** Of a row or a column of a patch. */
const inside = () => number(2, { low: 0, high: SIDE - 1, whole: true });

/** The p of the norm; infinite is `inf`. @type {import("../parts/address.js").Kept<number>} */
const exponent = {
  usual: 2,
  read(text) {
    if (text === "inf") return Infinity;
    const value = text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? Math.min(MOST_P, Math.max(LEAST_P, value)) : null;
  },
  write: (value) => (value === Infinity ? "inf" : String(Number(value.toPrecision(4)))),
};

export const address = createChapterAddress({
  a: numbers([20, 17], place),
  b: numbers([40, 30], place),
  c: numbers([54, 2], place),
  scale: choice("unit", /** @type {const} */ (["unit", "levels"])),
  turned: choice("no", /** @type {const} */ (["no", "yes"])),
  measure: choice("dot", /** @type {readonly Measure[]} */ (["dot", "cosine", "centred", "distance"])),
  p: exponent,
  gain: number(1, { low: 0, high: 2 }),
  lift: number(0, { low: -0.5, high: 0.5 }),
  factor: number(-2, { low: -3, high: 3 }),
  channel: choice("red", CHANNELS),
  i: inside(),
  j: inside(),
  n: number(4, { low: 1, high: MOST_PICTURES, whole: true }),
  at: numbers([0, 0, 24, 20], { low: 0, high: PICTURE_PX - 1 }),
});

/**
 * @param {(keyof Shown)[]} names
 * @param {(now: Shown) => void} listener called now, and whenever one of them is another
 */
export function watch(names, listener) {
  address.subscribe((next, previous) => {
    if (names.some((name) => String(next[name]) !== String(previous[name]))) listener(next);
  });
  listener(address.get());
}

/** @param {number[]} where a row and a column */
export const placeOf = ([row, column]) => ({ row: Math.round(row), column: Math.round(column) });
