/** What may stand in the place of layers of 3 x 3: the stacks that are compared. */

/** @typedef {(typeof import("./address.js").WAYS)[number]} Way */

/**
 * @typedef {object} Compared
 * @property {Way} way
 * @property {string} text
 * @property {"convolution" | "separable"} kind
 * @property {number} kernel
 * @property {number[]} rates of its layers, in turn, over and over
 * @property {boolean} [is_alone] every channel by itself
 */

/** @type {Compared[]} */
export const COMPARED = [
  { way: "plain", text: "3 × 3", kind: "convolution", kernel: 3, rates: [1] },
  { way: "gridded", text: "3 × 3, dilated 2, 2, 2, …", kind: "convolution", kernel: 3, rates: [2] },
  { way: "dilated", text: "3 × 3, dilated 1, 2, 4, 1, …", kind: "convolution", kernel: 3, rates: [1, 2, 4] },
  { way: "pointwise", text: "1 × 1", kind: "convolution", kernel: 1, rates: [1] },
  { way: "separable", text: "3 × 3, depthwise separable", kind: "separable", kernel: 3, rates: [1] },
  { way: "depthwise", text: "… its depthwise half alone", kind: "convolution", kernel: 3, rates: [1], is_alone: true },
  { way: "five", text: "5 × 5", kind: "convolution", kernel: 5, rates: [1] },
  { way: "seven", text: "7 × 7", kind: "convolution", kernel: 7, rates: [1] },
];

/**
 * @param {Compared} compared
 * @param {{layers: number, width: number, side: number}} sizes
 * @returns {import("../../types.js").StackBody}
 */
export const bodyOf = ({ kind, kernel, rates, is_alone }, { layers, width, side }) => ({
  input: side,
  channels: width,
  layers: ratesOf(rates, layers).map((dilation) => ({
    ...{ kind, kernel, dilation, channels: width },
    padding: (dilation * (kernel - 1)) / 2,
    groups: is_alone ? width : 1,
  })),
});

/** @param {number[]} rates @param {number} layers */
export const ratesOf = (rates, layers) => Array.from({ length: layers }, (_, place) => rates[place % rates.length]);
