/** What the chapter shows, and how it stands in the address. */

import { choice, createChapterAddress, number, numbers, text } from "../parts/address.js";

/** The ten templates: one linear layer. */
export const MODEL = "softmax.mnist5k";
export const LAYER = "linear";
export const DIGIT_PX = 28;
export const PIXELS = DIGIT_PX * DIGIT_PX;
/** How far a digit may be moved. */
export const MOST_PX = 8;
/** Steps of gradient descent from where the lines were put. */
export const MOST_STEPS = 100;
/** The plane shows from minus this to this. */
export const REACH = 1.5;
export const LARGEST = 100;
/** Of each class w1, w2 and b. */
export const FIRST_LINES = [1, 0.3, -0.8, -0.3, 1, -0.6, -0.9, -0.5, -0.6];
/** The template of the largest score, whichever that is. */
export const LARGEST_SCORE = -1;

export const address = createChapterAddress({
  digit: number(7, { low: 0, high: 9, whole: true }),
  number: number(0, { low: 0, high: 99, whole: true }),
  /** The id of the person's own digit, as the server keeps it; empty for a held-out one. */
  drawing: text("", 64),
  right: number(0, { low: -MOST_PX, high: MOST_PX, whole: true }),
  down: number(0, { low: -MOST_PX, high: MOST_PX, whole: true }),
  template: number(LARGEST_SCORE, { low: LARGEST_SCORE, high: 9, whole: true }),
  pixel: number(211, { low: 0, high: PIXELS - 1, whole: true }),
  rows: number(DIGIT_PX, { low: 0, high: DIGIT_PX, whole: true }),
  flat: choice("digit", ["digit", "colour", "photograph"]),
  points: choice("corners", ["corners", "row", "ring"]),
  seed: number(0, { low: 0, high: 9999, whole: true }),
  lines: numbers(FIRST_LINES, { low: -LARGEST, high: LARGEST }),
  rate: number(0.5, { low: 0.05, high: 5 }),
  step: number(0, { low: 0, high: MOST_STEPS, whole: true }),
  at: numbers([0.1, -0.75], { low: -REACH, high: REACH }),
});

/** @typedef {typeof address} Address */
/** @typedef {ReturnType<Address["get"]>} Shown */
