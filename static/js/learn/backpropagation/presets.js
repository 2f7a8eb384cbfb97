/** Graphs to begin with, and what is asked of the server for each. */

/** @typedef {"fork" | "add" | "max" | "multiply" | "neuron" | "squares" | "network" | "own"} GraphName */
/** @typedef {{text: string, values: Record<string, number>, inflow: number}} Preset */

/** @type {Record<string, Preset>} */
const PRESETS = {
  fork: { text: "3x + 5x", values: { x: 2 }, inflow: 1 },
  add: { text: "a + b", values: { a: 4, b: -1 }, inflow: 7 },
  max: { text: "max(a, b)", values: { a: 4, b: 9 }, inflow: 7 },
  multiply: { text: "a * b", values: { a: 4, b: -3 }, inflow: 2 },
  neuron: { text: "-log(sigmoid(w*x + b))", values: { w: 2, x: -1, b: 0.5 }, inflow: 1 },
};

/** @type {readonly {value: GraphName, text: string}[]} */
export const GRAPHS = [
  { value: "fork", text: "fork" },
  { value: "add", text: "add" },
  { value: "max", text: "max" },
  { value: "multiply", text: "multiply" },
  { value: "neuron", text: "a neuron" },
  { value: "squares", text: "squares" },
  { value: "network", text: "two layers" },
  { value: "own", text: "your own" },
];

export const MOST_SQUARES = 12;

/** @param {number} times that x is squared, and the square again */
function squares(times) {
  const names = ["x", ..."abcdefghijklm"].slice(0, times);
  return names
    .map((name, place) => {
      const square = `${name}*${name}`;
      return place === times - 1 ? square : `${names[place + 1]} = ${square}`;
    })
    .join("; ");
}

const NETWORK = {
  kind: "network",
  inputs: [
    [1, -1],
    [0.5, 2],
    [-1, 0.5],
  ],
  hidden_weights: [
    [0.5, 1, 0.2],
    [-1, 0.5, 0.3],
    [0.7, -0.4, 1],
    [0.2, 0.9, -0.6],
  ],
  output_weights: [
    [1, -0.5, 0.3, 0.2],
    [-0.4, 0.8, 0.5, -1],
    [0.6, 0.1, -0.9, 0.4],
  ],
};
/** The right class of each of its two examples. */
export const LABELS = [1, 0];

/**
 * What stands on the page, for the server.
 *
 * @typedef {object} Chosen
 * @property {GraphName} graph
 * @property {string} expr
 * @property {Record<string, number>} values
 * @property {number | null} inflow
 * @property {number} squares
 * @property {string} activation
 */

/** @param {Chosen} chosen @returns {Preset} with what the person changed */
export function presetOf({ graph, expr, values, inflow, squares: times }) {
  const own = { text: expr || PRESETS.fork.text, values: {}, inflow: 1 };
  const preset =
    graph === "squares"
      ? { text: squares(times), values: { x: 1 }, inflow: 1 }
      : (PRESETS[graph] ?? own);
  return {
    text: preset.text,
    values: { ...preset.values, ...values },
    inflow: inflow ?? preset.inflow,
  };
}

/**
 * A person may call a variable what every object has, `constructor` for one.
 *
 * @param {Preset} preset
 * @param {string} name
 * @returns {number} 1 unless given, as the server has it
 */
export const valueIn = ({ values }, name) => (Object.hasOwn(values, name) ? values[name] : 1);

/** @param {Chosen} chosen */
export function questionOf(chosen) {
  if (chosen.graph === "network") {
    return { ...NETWORK, labels: LABELS, activation: chosen.activation };
  }
  const { text, values, inflow } = presetOf(chosen);
  return { kind: "expression", expression: text, values, inflow };
}
