/** What the playground is asked for, and the words for it. */

export const LARGEST_HIDDEN = 12;
export const MOST_LAYERS = 4;
export const REACH = 1.2;
/** The lines of maxout at first: slope and height at 0 of each. */
export const THREE_PIECES = [-0.8, -0.8, 0.3, 0, 1.2, -0.8];
export const ROUND_STEPS = 1500;

/** The curves are computed at every so much; x lies where they have a value. */
export const X_STEP = 0.05;
/** @param {number} x */
export const onCurves = (x) => Number((Math.round(x / X_STEP) * X_STEP).toFixed(2));

/** @type {{value: string, text: string}[]} */
export const ACTIVATIONS = [
  { value: "identity", text: "none" },
  { value: "sigmoid", text: "sigmoid" },
  { value: "tanh", text: "tanh" },
  { value: "relu", text: "ReLU" },
  { value: "leaky_relu", text: "leaky ReLU" },
  { value: "elu", text: "ELU" },
  { value: "maxout", text: "maxout" },
];

/** @type {{value: "rings" | "xor" | "spirals" | "blobs", text: string}[]} */
export const POINTS = [
  { value: "rings", text: "rings" },
  { value: "xor", text: "XOR" },
  { value: "spirals", text: "spirals" },
  { value: "blobs", text: "two blobs" },
];

/**
 * @param {import("./address.js").Shown} shown
 * @param {string} [activation] another than the one that is shown
 */
export const bodyOf = ({ points, hidden, f, rate, momentum, seed, probe }, activation = f) => ({
  points,
  hidden,
  activation,
  rate,
  momentum,
  seed,
  probe,
});

/** @param {number[]} hidden */
export const networkName = (hidden) => [2, ...hidden, 2].join("-");
