/** What the chapter shows, as its address keeps it. */

import { choice, createChapterAddress, number, numbers } from "../parts/address.js";

/** @typedef {"pixel" | "weight" | "output"} Kind */
/**
 * @typedef {object} Pick  One cell of the small convolution.
 * @property {Kind} kind
 * @property {number} row
 * @property {number} column
 */

const KINDS = /** @type {const} */ (["pixel", "weight", "output"]);

/** @type {import("../parts/address.js").Kept<Pick>} */
const pick = {
  usual: { kind: "pixel", row: 1, column: 1 },
  read(text) {
    const [name, row, column] = text.split("-");
    const kind = KINDS.find((each) => each === name);
    const place = [row, column].map(Number);
    if (!kind || !place.every((index) => Number.isInteger(index) && index >= 0)) return null;
    return { kind, row: place[0], column: place[1] };
  },
  write: ({ kind, row, column }) => `${kind}-${row}-${column}`,
};

export const LENET_INPUT_PX = 32;
/** The class that the network itself finds likeliest. */
export const LIKELIEST = -1;

export const address = createChapterAddress({
  pick,
  stride: number(1, { low: 1, high: 3, whole: true }),
  padding: number(0, { low: 0, high: 2, whole: true }),
  dilation: number(1, { low: 1, high: 2, whole: true }),
  numbers: choice("some", /** @type {const} */ (["some", "ones"])),
  columns: choice("values", /** @type {const} */ (["values", "gradients"])),
  pixel: numbers([15, 19], { low: 0, high: LENET_INPUT_PX - 1 }),
  kernel: number(0, { low: 0, high: 5, whole: true }),
  class: number(LIKELIEST, { low: LIKELIEST, high: 9, whole: true }),
});
