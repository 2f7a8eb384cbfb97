/** What nodes and steps are called, and what they say. */

import { readable } from "../../lenses/arithmetic/values.js";
import { MINUS, signed } from "../../shared/format.js";

/** @typedef {import("../../types.js").Graph} Graph */
/** @typedef {import("../../types.js").GraphNode} GraphNode */
/** @typedef {import("../../types.js").GraphEdge} GraphEdge */

/** @type {Record<string, string>} */
const SIGNS = {
  add: "+",
  subtract: MINUS,
  multiply: "×",
  divide: "÷",
  negate: MINUS,
  sigmoid: "σ",
  matrix_multiply: "×",
  activation: "f",
  softmax: "softmax",
  cross_entropy: "−log",
};

/** @type {Record<string, string>} */
const RULES = {
  add: "Add distributes: each input gets the inflow unchanged.",
  subtract: "The first input gets the inflow; what is taken away gets it with its sign turned.",
  multiply: "Multiply switches: each input gets the inflow times the other input.",
  divide: "The numerator gets the inflow over the denominator b, b itself gets it times −a/b².",
  negate: "The sign turns.",
  power: "Inflow times n aⁿ⁻¹, the slope of a power.",
  max: "Max routes: the largest input gets the whole inflow, the others nothing. Of equals, the first is the largest.",
  relu: "ReLU routes: all of the inflow if its input is above 0, else nothing.",
  exp: "Inflow times the slope of exp, which is its own value y.",
  log: "Inflow times the slope of log, 1/a.",
  tanh: "Inflow times the slope of tanh, 1 − y².",
  sigmoid: "Inflow times the slope of the sigmoid, y (1 − y).",
  matrix_multiply: "Multiply switches here too. Only one order and one transpose give each gradient the shape of its matrix.",
  activation: "Inflow times the slope of f, number by number.",
  softmax: "One score moves every probability, so all of a column's blame comes together here.",
  cross_entropy: "Only the probability of the right class is asked: −y / p, over the 2 examples.",
};

/** @param {GraphNode} node */
export const signOf = ({ kind, text, id }) =>
  kind === "variable" ? id : kind === "constant" ? text : (SIGNS[kind] ?? kind);

/** @param {GraphNode} node */
export function powerSign(node) {
  const exponent = /\^\s*(-?[\d.]+)$/.exec(node.text.replace("**", "^"));
  return exponent ? `^${exponent[1].replace("-", MINUS)}` : "^";
}

/** @param {GraphNode} node */
export const ruleOf = ({ kind }) => RULES[kind] ?? "";

/** What is sent between matrices, on an edge. @param {GraphNode} target @param {number} slot */
export function sentText({ kind, inputs }, slot) {
  const other = inputs[1 - slot];
  if (kind === "matrix_multiply") return slot === 0 ? `G ${other}ᵀ` : `${other}ᵀ G`;
  return { activation: "G ∘ f′", softmax: "(p − y) / n", cross_entropy: "−y / (n p)" }[kind] ?? "";
}

/** @param {number} place of a number in a vector, from 0 */
export const subscript = (place) => "₁₂₃₄₅₆"[place] ?? "";

/** @param {GraphNode} node  What a person calls it: its name, and else what it computes. */
export const nameOf = ({ id, text }) => (id.startsWith("#") ? text : id);

/** @param {number | number[][]} value @returns {string} a number, or a matrix's shape */
export const valueText = (value) =>
  typeof value === "number" ? readable(value) : `${value.length}×${value[0].length}`;

/**
 * A share that is not quite 1 is not written as 1, nor one less 1 as −1.
 *
 * @param {number} value
 */
export const shareText = (value) =>
  Math.abs(value) !== 1 && readable(Math.abs(value)) === "1"
    ? signed(String(Number(value.toPrecision(12))))
    : readable(value);

/**
 * Whether an operation stands at a corner, where raising and lowering have two slopes: a maximum
 * of equals, a rectifier at 0.
 *
 * @param {Graph} graph
 */
export function isAtCorner({ nodes }) {
  const values = new Map(nodes.map(({ id, value }) => [id, value]));
  return nodes.some(({ kind, inputs, value }) => {
    const given = inputs.map((id) => values.get(id));
    if (kind === "relu") return given[0] === 0;
    return kind === "max" && given.filter((each) => each === value).length > 1;
  });
}

/** @param {number} inflow @param {number} local @param {(value: number) => string} [write] */
export function product(inflow, local, write = readable) {
  const second = local < 0 ? `(${write(local)})` : write(local);
  return `${write(inflow)} × ${second}`;
}

/**
 * @param {Graph} graph
 * @param {GraphNode} node
 * @param {{has_value: boolean, has_gradient: boolean}} known
 */
export function said(graph, node, { has_value, has_gradient }) {
  const name = nameOf(node);
  const uses = graph.edges.filter(({ source }) => source === node.id);
  const parts = [
    node.kind === "constant" ? `the constant ${node.text}` : name,
    node.id.startsWith("#") || node.inputs.length === 0 ? "" : `, which is ${node.text}`,
    has_value && node.kind !== "constant" ? `, value ${valueText(node.value)}` : "",
  ];
  if (has_gradient && node.inflow !== null) {
    parts.push(`, gradient ${valueText(node.inflow)}`);
    if (uses.length > 1) {
      parts.push(`, the sum of ${uses.map(({ sent }) => valueText(sent)).join(" and ")}`);
    }
  }
  return parts.join("");
}

/** @param {number} one @param {number} other  As near as a person types what is shown. */
const alike = (one, other) => Math.abs(one - other) <= Math.max(0.005, 0.005 * Math.abs(other));

/**
 * A guess at the gradient of a leaf, judged.
 *
 * @param {Graph} graph
 * @param {GraphNode} leaf
 * @param {number} guess
 * @returns {{is_right: boolean, hint: string, why: string}}
 */
export function judged(graph, leaf, guess) {
  const gradient = /** @type {number} */ (leaf.inflow);
  const uses = graph.edges.filter(({ source }) => source === leaf.id);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const sent = uses.map((use) => /** @type {number} */ (use.sent));
  const inflow = /** @type {number} */ (graph.nodes[graph.nodes.length - 1].inflow);
  const is_right = alike(guess, gradient);
  const hint = is_right
    ? "Yes."
    : alike(guess, -gradient)
      ? "The size is right, the sign is not."
      : sent.length > 1 && sent.some((each) => alike(guess, each))
        ? "That is what one of its uses sends."
        : alike(guess * inflow, gradient)
          ? `That would be so for an inflow of 1; here ${readable(inflow)} flows in.`
          : "Not so.";
  const terms = uses.map(({ target, local }) =>
    product(
      /** @type {number} */ (nodes.get(target)?.inflow),
      /** @type {number} */ (local),
    ),
  );
  const why =
    uses.length === 0
      ? "It is the end itself."
      : uses.length === 1
        ? `Inflow times local gradient: ${terms[0]} = ${readable(gradient)}.`
        : `It is used ${uses.length} times, and its uses add up: ${terms.join(" + ")} = ${readable(gradient)}.`;
  return { is_right, hint, why };
}
