/** The small convolution of the chapter: its numbers, and what the server computes of them. */

import { postJson } from "../../api/request.js";
import { createLatest } from "../../shared/latest.js";
import { KERNEL_PX, outputSize, within } from "./geometry.js";

/** @typedef {import("../../types.js").Convolution} Answer */
/** @typedef {ReturnType<typeof import("./address.js").address.get>} Shown */
/** @typedef {{picture: number[][][], kernel: number[][][], gradient: number[][][]}} Numbers  x, w and dL/dy */

/** Two colours of a stroke, say: the second is where it fades. */
const PICTURE = [
  [
    [0, 0, 1, 2, 1],
    [0, 1, 3, 1, 0],
    [0, 2, 3, 0, 0],
    [1, 3, 2, 0, 0],
    [2, 3, 1, 0, 0],
  ],
  [
    [0, 0, 0, 1, 3],
    [0, 0, 1, 3, 1],
    [0, 0, 2, 2, 0],
    [0, 1, 3, 1, 0],
    [0, 2, 2, 0, 0],
  ],
];
const KERNEL = [
  // Lit from the upper left: it answers to slopes that fall to the lower right (emboss).
  [
    [-2, -1, 0],
    [-1, 1, 1],
    [0, 1, 2],
  ],
  // Edges from left to right (Sobel).
  [
    [1, 0, -1],
    [2, 0, -2],
    [1, 0, -1],
  ],
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
 * @returns {Numbers}
 */
export function numbersOf(shown) {
  const is_ones = shown.numbers === "ones";
  const size = outputSize(shown);
  const kernel = is_ones ? KERNEL.map(() => square(KERNEL_PX, () => 1)) : KERNEL;
  return {
    picture: PICTURE.slice(0, shown.channels),
    kernel: kernel.slice(0, shown.channels),
    gradient: [square(size, is_ones ? () => 1 : someSlope)],
  };
}

/**
 * @param {Shown} shown
 * @returns {Numbers} with what has been added to the chosen pixel or weight
 */
export function triedOf(shown) {
  const numbers = numbersOf(shown);
  const { kind, ...place } = within(shown.pick, shown);
  /** @param {number[][][]} maps */
  const added = (maps) =>
    maps.map((map, channel) =>
      map.map((values, row) =>
        values.map((value, column) => {
          const is_it =
            channel === place.channel && row === place.row && column === place.column;
          return is_it ? value + shown.plus : value;
        }),
      ),
    );
  if (kind === "pixel") return { ...numbers, picture: added(numbers.picture) };
  return kind === "weight" ? { ...numbers, kernel: added(numbers.kernel) } : numbers;
}

/** @param {Shown} shown @returns {string} the same for the same convolution, whatever is chosen */
export const settingsOf = ({ stride, padding, dilation, channels, numbers }) =>
  [stride, padding, dilation, channels, numbers].join();

/** @param {Shown} shown */
const placeOf = (shown) => {
  const { kind, channel, row, column } = within(shown.pick, shown);
  const place = [channel, row, column];
  return { kind, place: kind === "weight" ? [0, ...place] : place };
};

/** @param {Shown} shown @returns {string} the same for the same convolution and what is chosen in it */
const chosenIn = (shown) => `${settingsOf(shown)} ${JSON.stringify(placeOf(shown))}`;

/** @param {Shown} shown @param {Numbers} numbers */
const bodyOf = ({ stride, padding, dilation }, { picture, kernel, gradient }) => ({
  ...{ picture, kernels: [kernel], stride, padding, dilation, output_gradient: gradient },
});

/**
 * @param {() => {fail: (error: unknown) => void}} part  Each question says its own failure.
 * @param {() => void} onAnswer
 */
export function createLesson(part, onAnswer) {
  const as_it_is = createAsked(part().fail, onAnswer);
  const with_one_more = createAsked(part().fail, onAnswer);

  return {
    /** @param {Shown} shown  Asks, unless that has been asked. */
    ask(shown) {
      const key = chosenIn(shown);
      as_it_is.ask(key, settingsOf(shown), {
        ...bodyOf(shown, numbersOf(shown)),
        chosen: placeOf(shown),
      });
      if (isTried(shown)) with_one_more.ask(key, key, bodyOf(shown, triedOf(shown)));
    },

    /** @param {Shown} shown @returns {Answer | null} of this convolution, whatever was chosen in it */
    convolution: (shown) => as_it_is.of({ settings: settingsOf(shown) }),

    /** @param {Shown} shown @returns {Answer | null} of this convolution and what is chosen */
    chosen: (shown) => as_it_is.of({ key: chosenIn(shown) }),

    /** @param {Shown} shown @returns {Answer | null} with one more on what is chosen */
    tried: (shown) => (isTried(shown) ? with_one_more.of({ key: chosenIn(shown) }) : null),
  };
}

/** @param {Shown} shown  One more is on what is chosen. */
export const isTried = ({ plus, pick }) => plus > 0 && pick.kind !== "output";

/**
 * The newest answer to one kind of question.
 *
 * @param {(error: unknown) => void} fail
 * @param {() => void} onAnswer
 */
function createAsked(fail, onAnswer) {
  const latest = createLatest();
  /** @type {{answer: Answer, settings: string, key: string} | null} */
  let kept = null;
  let asked = "";

  return {
    /** @param {string} key @param {string} settings @param {object} body */
    ask(key, settings, body) {
      if (key === asked) return;
      asked = key;
      latest.run(
        (signal) => postJson("/learn/convolution", body, signal),
        (answer) => {
          fail(null);
          kept = { answer, settings, key };
          onAnswer();
        },
        (error) => {
          asked = "";
          fail(error);
        },
      );
    },

    /** @param {{settings: string} | {key: string}} wanted @returns {Answer | null} */
    of: (wanted) =>
      kept && Object.entries(wanted).every(([name, value]) => kept?.[/** @type {"key"} */ (name)] === value)
        ? kept.answer
        : null,
  };
}

/** @param {number[][][]} maps @returns {number[]} */
export const flat = (maps) => maps.flat(2);

/** How many there are of what is not known yet. @param {number} count */
export const unknown = (count) => new Array(count).fill(NaN);
