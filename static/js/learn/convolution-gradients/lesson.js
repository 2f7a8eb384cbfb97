/** The small convolution of the chapter: its numbers, and what the server computes of them. */

import { postJson } from "../../api/request.js";
import { createLatest } from "../../shared/latest.js";
import { KERNEL_PX, outputSize, within } from "./geometry.js";

/** @typedef {import("../../types.js").Convolution} Answer */
/** @typedef {ReturnType<typeof import("./address.js").address.get>} Shown */

const PICTURE = [
  [0, 0, 1, 2, 1],
  [0, 1, 3, 1, 0],
  [0, 2, 3, 0, 0],
  [1, 3, 2, 0, 0],
  [2, 3, 1, 0, 0],
];
/** Lit from the upper left: it answers to slopes that fall to the lower right (emboss). */
const EMBOSS = [
  [-2, -1, 0],
  [-1, 1, 1],
  [0, 1, 2],
];

/** What a loss might say of the outputs, one more and one less. @param {number} row @param {number} column */
const someSlope = (row, column) => ((row * 2 + column * 3) % 5) - 2;

/** @param {number} size @param {(row: number, column: number) => number} value */
const square = (size, value) =>
  Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (__, column) => value(row, column)),
  );

/**
 * @param {Shown} shown
 * @returns {{picture: number[][], kernel: number[][], gradient: number[][]}} x, w and dL/dy
 */
export function numbersOf(shown) {
  const is_ones = shown.numbers === "ones";
  const size = outputSize(shown);
  return {
    picture: PICTURE,
    kernel: is_ones ? square(KERNEL_PX, () => 1) : EMBOSS,
    gradient: square(size, is_ones ? () => 1 : someSlope),
  };
}

/** @param {Shown} shown @returns {string} the same for the same convolution, whatever is chosen */
export const settingsOf = ({ stride, padding, dilation, numbers }) =>
  [stride, padding, dilation, numbers].join();

/** @param {Shown} shown */
const placeOf = ({ pick, ...sliding }) => {
  const { kind, row, column } = within(pick, sliding);
  return { kind, place: kind === "weight" ? [0, 0, row, column] : [0, row, column] };
};

/**
 * @param {(error: unknown) => void} fail
 * @param {() => void} onAnswer
 */
export function createLesson(fail, onAnswer) {
  const latest = createLatest();
  /** @type {{answer: Answer, settings: string, chosen: string} | null} */
  let kept = null;
  let asked = "";

  return {
    /** @param {Shown} shown  Asks, unless that has been asked. */
    ask(shown) {
      const { picture, kernel, gradient } = numbersOf(shown);
      const { stride, padding, dilation } = shown;
      const chosen = placeOf(shown);
      const settings = settingsOf(shown);
      const key = `${settings} ${JSON.stringify(chosen)}`;
      if (key === asked) return;
      asked = key;
      const body = {
        ...{ picture: [picture], kernels: [[kernel]], stride, padding, dilation },
        ...{ output_gradient: [gradient], chosen },
      };
      latest.run(
        (signal) => postJson("/learn/convolution", body, signal),
        (answer) => {
          fail(null);
          kept = { answer, settings, chosen: JSON.stringify(chosen) };
          onAnswer();
        },
        (error) => {
          asked = "";
          fail(error);
        },
      );
    },

    /** @param {Shown} shown @returns {Answer | null} of this convolution, whatever was chosen in it */
    convolution: (shown) => (kept?.settings === settingsOf(shown) ? kept.answer : null),

    /** @param {Shown} shown @returns {Answer | null} of this convolution and what is chosen */
    chosen: (shown) =>
      kept?.settings === settingsOf(shown) && kept.chosen === JSON.stringify(placeOf(shown))
        ? kept.answer
        : null,
  };
}

/** @param {number[][]} rows @returns {number[]} */
export const flat = (rows) => rows.flat();

/** How many there are of what is not known yet. @param {number} count */
export const unknown = (count) => new Array(count).fill(NaN);
