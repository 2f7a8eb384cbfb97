/** The steps through a graph: each operation forward, then each one back. */

/** @typedef {import("../../types.js").Graph} Graph */
/** @typedef {import("../../types.js").GraphNode} GraphNode */
/** @typedef {import("../../types.js").GraphEdge} GraphEdge */

/**
 * @typedef {object} Moment  How far one is.
 * @property {number} step from 0
 * @property {number} forward how many steps lead to the end
 * @property {number} last the number of the last step
 * @property {GraphNode | null} node whose turn it is
 * @property {boolean} is_back
 * @property {GraphEdge[]} sent on which something was just sent back
 * @property {(node: GraphNode) => boolean} hasValue
 * @property {(node: GraphNode) => boolean} hasGradient all of it
 * @property {(edge: GraphEdge) => boolean} hasSent
 */

/** @param {Graph} graph @param {number} wanted @returns {Moment} */
export function momentOf(graph, wanted) {
  const operations = graph.nodes.filter(({ inputs }) => inputs.length > 0);
  const forward = operations.length;
  const turns = [...operations, ...operations.filter((node) => node.inflow !== null).reverse()];
  const step = Math.min(Math.max(0, wanted), turns.length);
  const is_back = step > forward;
  const node = step === 0 ? null : turns[step - 1];
  const valued = new Set(turns.slice(0, Math.min(step, forward)).map(({ id }) => id));
  const done = new Set(turns.slice(forward, step).map(({ id }) => id));
  /** @param {GraphEdge} edge */
  const hasSent = ({ target }) => done.has(target);
  return {
    step,
    forward,
    last: turns.length,
    node,
    is_back,
    sent: is_back && node ? graph.edges.filter(({ target }) => target === node.id) : [],
    hasValue: ({ id, inputs }) => inputs.length === 0 || valued.has(id),
    hasSent,
    hasGradient: ({ id, inflow }) =>
      inflow !== null &&
      step >= forward &&
      graph.edges.filter(({ source }) => source === id).every(hasSent),
  };
}
