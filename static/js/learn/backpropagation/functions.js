/** The functions that stand in networks and in chains of Jacobians. */

/** @typedef {"relu" | "tanh" | "sigmoid" | "leaky_relu" | "elu" | "identity"} ActivationName */
/** @typedef {"linear" | "softmax" | ActivationName} FunctionName */

/** @type {readonly {value: ActivationName, text: string}[]} */
export const ACTIVATIONS = [
  { value: "relu", text: "ReLU" },
  { value: "tanh", text: "tanh" },
  { value: "sigmoid", text: "sigmoid" },
  { value: "identity", text: "none" },
];

/** @typedef {FunctionName | "none"} SecondName */

/** @type {readonly {value: FunctionName, text: string}[]} */
export const FIRST = [
  { value: "linear", text: "W" },
  { value: "identity", text: "identity" },
  { value: "relu", text: "ReLU" },
  { value: "tanh", text: "tanh" },
  { value: "softmax", text: "softmax" },
];

/** @type {readonly {value: SecondName, text: string}[]} */
export const SECOND = [
  { value: "none", text: "none" },
  { value: "linear", text: "V" },
  { value: "relu", text: "ReLU" },
  { value: "tanh", text: "tanh" },
  { value: "softmax", text: "softmax" },
];

/** Where the chain begins. */
export const START = {
  x: [2, 1],
  W: [
    [1, -1],
    [0.5, 0.5],
    [-1, 1],
  ],
  V: [
    [1, 0, -1],
    [2, 1, 0],
  ],
};
