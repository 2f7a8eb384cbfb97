/** What the chapter shows, and how it stands in the address. */

import { LARGEST_TARGET } from "../../stack/calculator.js";
import { LARGEST_INPUT, MOST_CHANNELS } from "../../stack/stack.js";
import { choice, createChapterAddress, number, numbers, text } from "../parts/address.js";

/** Px of an input: larger than that of any network here. */
const LARGEST_PX = 1024;

/** What may stand in the place of 3 x 3. */
export const WAYS = /** @type {const} */ ([
  "plain",
  "gridded",
  "dilated",
  "pointwise",
  "separable",
  "depthwise",
  "five",
  "seven",
]);

export const address = createChapterAddress({
  /** left, top, right, bottom of the cat, px of the input */
  cat: numbers([0, 0, 224, 224], { low: 0, high: LARGEST_PX }),
  depth: number(0, { low: 0, high: 99, whole: true }),
  view: choice("field", ["field", "effective"]),
  /** which of the layers the unit that is watched is in */
  unit: number(5, { low: 0, high: 99, whole: true }),
  left: number(0, { low: 0, high: LARGEST_PX, whole: true }),
  top: number(96, { low: 0, high: LARGEST_PX, whole: true }),
  size: number(32, { low: 1, high: LARGEST_PX, whole: true }),
  /** the picture that the patch is cut from; empty: grey */
  patch: text("", 64),
  stack: text("c3,1,1,1 c3,1,1,1 c3,2,1,1", 2000),
  input: number(224, { low: 1, high: LARGEST_INPUT, whole: true }),
  channels: number(3, { low: 1, high: MOST_CHANNELS, whole: true }),
  target: number(224, { low: 1, high: LARGEST_TARGET, whole: true }),
  swap: choice("plain", WAYS),
  layers: number(3, { low: 1, high: 20, whole: true }),
  width: number(64, { low: 1, high: 1024, whole: true }),
  side: number(64, { low: 16, high: 512, whole: true }),
});

/** @typedef {typeof address} Address */
