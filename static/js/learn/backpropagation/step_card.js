/** What a step does, in words and numbers; between matrices, the matrices themselves. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { between, matrixGrid, transposed } from "./matrix.js";
import { LABELS } from "./presets.js";
import { createWaitingFormula } from "./waiting_formula.js";
import { nameOf, product, ruleOf, sentText, valueText } from "./words.js";

/** @typedef {import("../../types.js").Graph} Graph */
/** @typedef {import("../../types.js").GraphNode} GraphNode */
/** @typedef {import("../../types.js").GraphEdge} GraphEdge */
/** @typedef {import("./steps.js").Moment} Moment */

/** @param {HTMLElement} parent */
export function createStepCard(parent) {
  const heading = element("h3", { class: "step-heading" });
  const body = element("div", { class: "step-body" });
  parent.append(heading, body);
  const formula = createWaitingFormula("backpropagation.sent");

  return {
    /** @param {Graph} graph @param {Moment} moment @param {string | null} chosen id of a node */
    show(graph, moment, chosen) {
      const { node, step, is_back, forward, last, sent } = moment;
      const wanted = graph.nodes.find(({ id }) => id === chosen && id !== node?.id) ?? null;
      const numbers = wanted ? undefined : sent.find(({ local }) => local !== null);
      if (numbers) {
        const inflow = /** @type {number} */ (node?.inflow);
        formula.fill({ inflow, local: numbers.local, sent: /** @type {number} */ (numbers.sent) });
      } else formula.hide();
      if (wanted) {
        heading.textContent = nameOf(wanted);
        body.replaceChildren(...aboutNode(graph, wanted, moment));
        return;
      }
      if (last === 0) {
        heading.textContent = `${nameOf(graph.nodes[0])} is the end itself`;
        body.replaceChildren(
          paragraph("No operation, nothing to compute: what flows in at the end is its gradient at once. Make something of it, 3x + 5x say."),
        );
        return;
      }
      heading.textContent =
        node === null
          ? "Nothing computed yet"
          : `${is_back ? "Back" : "Forward"}, step ${is_back ? step - forward : step} of ${is_back ? last - forward : forward}: ${nameOf(node)}`;
      body.replaceChildren(
        ...(node === null
          ? [paragraph("The leaves have their values. Step forward: each operation needs only what flows into it.")]
          : is_back
            ? backward(graph, node, sent, moment)
            : forwards(graph, node)),
      );
    },
  };
}

/** @param {string} text */
const paragraph = (text) => element("p", { text });

/** @param {Graph} graph @param {GraphNode} node */
function forwards(graph, node) {
  if (typeof node.value === "number" && node.kind !== "cross_entropy") {
    const inputs = node.inputs.map((id) => graph.nodes.find((each) => each.id === id));
    const from = inputs
      .map((each) => (each && each.kind !== "constant" ? `${nameOf(each)} = ${valueText(each.value)}` : ""))
      .filter((each, place, all) => each && all.indexOf(each) === place);
    return [paragraph(`${node.text} = ${valueText(node.value)}${from.length > 0 ? `, from ${from.join(", ")}` : ""}.`)];
  }
  return [paragraph(`${nameOf(node)} = ${node.text}`), row(grid(nameOf(node), node.value, "value"))];
}

/** @param {Graph} graph @param {GraphNode} node @param {GraphEdge[]} sent @param {Moment} moment */
function backward(graph, node, sent, moment) {
  const nodes = new Map(graph.nodes.map((each) => [each.id, each]));
  const lines = sent.map((edge) => {
    const source = /** @type {GraphNode} */ (nodes.get(edge.source));
    if (edge.local !== null) {
      return paragraph(
        `To ${nameOf(source)}: ${product(/** @type {number} */ (node.inflow), edge.local)} = ${valueText(edge.sent)}.`,
      );
    }
    return row(...matrixWorking(node, edge, nodes));
  });
  return [
    paragraph(ruleOf(node)),
    ...lines,
    ...sums(graph, sent, moment),
    ...(node.kind === "softmax" ? pMinusY(node, nodes) : []),
    ...(moment.step === moment.last
      ? [paragraph("Every variable has its gradient now. Choose one in the drawing to see what it promises.")]
      : []),
  ];
}

/** @param {Graph} graph @param {GraphEdge[]} sent @param {Moment} moment */
function sums(graph, sent, moment) {
  const sources = new Set(sent.map(({ source }) => source));
  return graph.nodes
    .filter((node) => sources.has(node.id) && moment.hasGradient(node))
    .flatMap((node) => {
      const uses = graph.edges.filter(({ source }) => source === node.id);
      if (uses.length < 2) return [];
      const terms = uses.map((use) => valueText(use.sent)).join(" + ");
      return [
        element("p", {
          class: "step-sum",
          text: `${nameOf(node)} forks into ${uses.length} uses, and what they send adds up: ${terms} = ${valueText(/** @type {number} */ (node.inflow))}.`,
        }),
      ];
    });
}

/** @param {GraphNode} node @param {GraphEdge} edge @param {Map<string, GraphNode>} nodes */
function matrixWorking(node, edge, nodes) {
  const target = `∂L/∂${edge.source}`;
  const result = grid(target, edge.sent, `sent ${edge.source}`);
  if (node.kind !== "matrix_multiply" || node.inflow === null) {
    const rule = node.kind === "softmax" ? "p ∘ (G − Σ p G), column by column" : sentText(node, edge.slot);
    return [result, between(`= ${rule}`)];
  }
  const inflow = grid(`G = ∂L/∂${node.id}`, node.inflow);
  const other = /** @type {GraphNode} */ (nodes.get(node.inputs[1 - edge.slot]));
  const turned = matrixGrid({
    name: `${other.id}ᵀ`,
    rows: transposed(/** @type {number[][]} */ (other.value)),
  });
  return edge.slot === 0
    ? [inflow, between("·"), turned, between("="), result]
    : [turned, between("·"), inflow, between("="), result];
}

/** @param {GraphNode} node @param {Map<string, GraphNode>} nodes */
function pMinusY(node, nodes) {
  const scores = /** @type {GraphNode} */ (nodes.get(node.inputs[0]));
  const p = /** @type {number[][]} */ (node.value);
  const y = p.map((row_of, i) => row_of.map((_, j) => (LABELS[j] === i ? 1 : 0)));
  return [
    paragraph("The quotient −y / p and the softmax cancel to the simplest blame there is: p − y, what was said less what was right, over the 2 examples."),
    row(
      grid("p", p),
      between(MINUS_SIGN),
      grid("y", y, "target"),
      between(", over 2 ="),
      grid("∂L/∂t", scores.inflow ?? 0, "p minus y"),
    ),
  ];
}

const MINUS_SIGN = "−";

/** @param {Graph} graph @param {GraphNode} node @param {Moment} moment */
function aboutNode(graph, node, moment) {
  const found = [];
  const is_matrix = typeof node.value !== "number";
  const end = graph.nodes[graph.nodes.length - 1].inflow;
  if (node.text !== nameOf(node)) found.push(paragraph(`It is ${node.text}.`));
  if (node.kind === "constant") found.push(paragraph("A constant: nothing about it could change, so no blame goes there."));
  if (!moment.hasValue(node)) found.push(paragraph("Its value is not computed yet."));
  else if (!is_matrix && node.kind !== "constant") {
    found.push(paragraph(`Value: ${valueText(node.value)}.`));
  }
  if (moment.hasGradient(node) && typeof node.inflow === "number") {
    found.push(
      paragraph(`Gradient: ${readable(node.inflow)}. Raise it by a little, and ${end === 1 ? "the end" : "the loss behind the end"} rises by ${readable(node.inflow)} times that.`),
    );
  }
  if (is_matrix) {
    const grids = [];
    if (moment.hasValue(node)) grids.push(grid(nameOf(node), node.value, "value"));
    if (moment.hasGradient(node) && node.inflow !== null) {
      grids.push(grid(`∂L/∂${node.id}`, node.inflow, "gradient"));
    }
    found.push(row(...grids));
  }
  return [...found, ...sums(graph, graph.edges.filter(({ source }) => source === node.id), moment)];
}

/** @param {(HTMLElement | Text)[]} children */
const row = (...children) => element("div", { class: "matrix-row" }, ...children);

/** @param {string} name @param {number | number[][]} value @param {string} [id] */
const grid = (name, value, id) =>
  matrixGrid({ name, rows: typeof value === "number" ? [[value]] : value, id });
