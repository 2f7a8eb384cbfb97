/** The graph that is stepped through: chosen or typed, forward, a guess, and back. */

import { postJson } from "../../api/request.js";
import { byId, element, setText } from "../../shared/element.js";
import { formatInteger, formatShort } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createGraphView } from "../parts/graph_view.js";
import { createGuess } from "./guess.js";
import { createNudge } from "./nudge.js";
import { GRAPHS, presetOf, questionOf } from "./presets.js";
import { createStepCard } from "./step_card.js";
import { momentOf } from "./steps.js";
import { createStepper } from "./stepper.js";
import { createValues } from "./values.js";
import { powerSign, product, said, sentText, signOf, valueText } from "./words.js";

/** @typedef {import("../../types.js").Graph} Graph */
/** @typedef {import("../../types.js").GraphNode} GraphNode */
/** @typedef {import("./main.js").BlameAddress} BlameAddress */

const AFRESH = { values: {}, inflow: null, at: 0, node: "" };

/**
 * @param {BlameAddress} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export function createGraphStage(address, { fail }) {
  const latest = createLatest();
  /** @type {Graph | null} */
  let graph = null;
  /** What was chosen when it was asked for; where an answer fails or waits, more was chosen since. */
  let drawn = address.get();
  let asked = "";

  const graphs = createChosenOne({
    label: "Graph",
    choices: GRAPHS,
    value: address.get().graph,
    onChange(name) {
      const { text: expr, values: kept, inflow } = presetOf(address.get());
      const changes = name === "own" ? { ...AFRESH, expr, values: kept, inflow } : { ...AFRESH, expr: "" };
      address.change({ ...changes, graph: name }, { step: true });
    },
  });
  byId("graph-choice").append(graphs.node);

  const expression = element("input", {
    class: "expression",
    attributes: {
      id: "expression",
      type: "text",
      maxlength: 200,
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      placeholder: "3x + 5x",
      "aria-describedby": "expression-problem",
    },
    on: {
      input() {
        const { values: kept, inflow } = presetOf(address.get());
        const expr = expression.value;
        address.change({ ...AFRESH, graph: "own", expr, values: kept, inflow });
      },
    },
  });
  byId("expression-place").append(expression);
  const values = createValues(address);
  const view = createGraphView(byId("graph-view"), {
    label: "The graph: variables on one side, the end on the other",
    onChoose: (id) => address.change({ node: address.get().node === id ? "" : id }),
  });
  const stepper = createStepper(byId("graph-steps"), (at) => address.change({ at, node: "" }));
  const guess = createGuess(byId("graph-guess"));
  const card = createStepCard(byId("step-card"));
  const nudge = createNudge(byId("nudge"), fail);
  const naive = createFormula("backpropagation.naive");
  const cached = createFormula("backpropagation.cached");

  function ask() {
    const shown = address.get();
    const question = questionOf(shown);
    const text = JSON.stringify(question);
    showTools();
    if (text === asked) return show();
    asked = text;
    latest.run(
      (signal) => postJson("/learn/graph", question, signal),
      (answer) => {
        graph = answer;
        drawn = shown;
        problem(null);
        fail(null);
        values.show(variablesOf(answer));
        show();
      },
      (error) => {
        if (error instanceof Problem && error.type === "invalid-expression") problem(error);
        else {
          asked = "";
          fail(error);
        }
      },
    );
  }

  /** @param {Problem | null} error  The drawing stays at what could be read last. */
  function problem(error) {
    const place = byId("expression-problem");
    setText(place, error?.message ?? "");
    expression.setAttribute("aria-invalid", String(error !== null));
    byId("graph-view").toggleAttribute("data-stale", error !== null);
    // It could be read, and other values may do.
    const variables = /** @type {string[] | undefined} */ (error?.extras.variables);
    if (variables) values.show(variables);
  }

  /** What the person chose stands there at once, whatever the answer will be. */
  function showTools() {
    const shown = address.get();
    graphs.show(shown.graph);
    const is_network = shown.graph === "network";
    byId("expression-row").hidden = is_network;
    byId("network-row").hidden = !is_network;
    byId("squares-row").hidden = shown.graph !== "squares";
    const { text } = presetOf(shown);
    if (document.activeElement !== expression) expression.value = text;
  }

  function show() {
    if (!graph) return;
    const shown = address.get();
    const is_network = drawn.graph === "network";
    byId("graph-below").classList.toggle("is-wide", is_network);
    const moment = momentOf(graph, shown.at);
    const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    const end = graph.nodes[graph.nodes.length - 1];
    view.show({
      nodes: graph.nodes.map((node) => shownNode(node, moment)),
      edges: uses(graph).map(({ source, target, edge, is_again }) => {
        const has_sent = edge !== null && moment.hasSent(edge);
        const from = /** @type {GraphNode} */ (nodes.get(source));
        const to = /** @type {GraphNode} */ (nodes.get(target));
        return {
          source,
          target,
          value: from.inputs.length > 0 && !is_again && moment.hasValue(from) ? leaving(from) : "",
          gradient: has_sent ? (edge.local === null ? sentText(to, edge.slot) : short(edge.sent)) : "",
          working:
            has_sent && edge.local !== null && to === moment.node
              ? product(/** @type {number} */ (to.inflow), edge.local, formatShort)
              : "",
          is_active: to === moment.node && (!moment.is_back || edge !== null),
          ...(has_sent && typeof edge.sent === "number" ? { data: { sent: edge.sent } } : {}),
        };
      }),
      end_value: moment.hasValue(end) ? leaving(end) : "",
      end_gradient: moment.step >= moment.forward && end.inflow !== null ? short(end.inflow) : "",
      chosen: shown.node || null,
      flow: moment.is_back ? "back" : "forward",
      moment: moment.step,
    });
    stepper.show(moment);
    guess.show(graph, moment, is_network);
    card.show(graph, moment, shown.node || null);
    const wanted = nodes.get(shown.node);
    const can_try =
      wanted?.kind === "variable" && typeof wanted.value === "number" && moment.hasGradient(wanted);
    nudge.show(can_try ? { graph, name: wanted.id, question: questionOf(drawn) } : null);
    showEffort(graph, drawn);
  }

  /** @param {GraphNode} node @param {import("./steps.js").Moment} moment */
  function shownNode(node, moment) {
    const is_leaf = node.inputs.length === 0;
    const has_value = moment.hasValue(node);
    const has_gradient = moment.hasGradient(node);
    const forks = /** @type {Graph} */ (graph).edges.filter(({ source }) => source === node.id).length > 1;
    const is_summed = has_gradient && node.inflow !== null && (is_leaf || forks);
    return {
      id: node.id,
      sign: node.kind === "power" ? powerSign(node) : signOf(node),
      kind: /** @type {"variable" | "constant" | "operation"} */ (is_leaf ? node.kind : "operation"),
      value: is_leaf && node.kind !== "constant" ? short(node.value) : "",
      gradient: is_summed && node.inflow !== null ? short(node.inflow) : "",
      said: said(/** @type {Graph} */ (graph), node, { has_value, has_gradient }),
      is_active: node === moment.node,
      data: {
        ...(has_value && typeof node.value === "number" ? { value: node.value } : {}),
        ...(has_gradient && typeof node.inflow === "number" ? { gradient: node.inflow } : {}),
      },
    };
  }

  /** @param {Graph} worked @param {{graph: string, squares: number}} chosen  for it */
  function showEffort({ effort }, { graph: name, squares }) {
    for (const [id, count] of Object.entries(effort)) {
      const place = byId(`effort-${id}`);
      setText(place, formatInteger(count));
      place.dataset.value = String(count);
    }
    const is_squares = name === "squares";
    const is_same = effort.cached === effort.naive && !is_squares;
    byId("effort").hidden = is_same;
    byId("effort-same").hidden = !is_same || effort.cached === 0;
    byId("squares-cost").hidden = !is_squares;
    if (!is_squares) return;
    const whole = (/** @type {number} */ value) => formatInteger(value);
    naive.fill({ n: squares, depth: squares, naive: effort.naive }, whole);
    cached.fill({ n: squares, cached: effort.cached }, whole);
  }

  for (const node of document.querySelectorAll("[data-graph]")) {
    node.addEventListener("click", () => {
      const name = /** @type {HTMLElement} */ (node).dataset.graph;
      address.change({ ...AFRESH, graph: /** @type {any} */ (name), expr: "" }, { step: true });
      byId("graph").scrollIntoView({ block: "start" });
    });
  }
  address.subscribe(ask);
  ask();
}

/** @param {Graph} graph @returns {string[]} those that are numbers */
const variablesOf = ({ nodes }) =>
  nodes
    .filter(({ kind, value }) => kind === "variable" && typeof value === "number")
    .map(({ id }) => id);

/** @param {number | number[][] | null} value */
const short = (value) =>
  typeof value === "number" ? formatShort(value) : value === null ? "" : valueText(value);

/** What leaves an operation, with the name that it was given. @param {GraphNode} node */
function leaving({ id, value }) {
  if (id.startsWith("#")) return short(value);
  return typeof value === "number" ? `${id} = ${short(value)}` : `${id} ${short(value)}`;
}

/**
 * Every use of a value; those of constants send nothing back. The value is written at its first
 * use, `is_again` at all others.
 *
 * @param {Graph} graph
 */
function uses({ nodes, edges }) {
  const used = new Set();
  return nodes.flatMap(({ id, inputs }) =>
    inputs.map((source, slot) => {
      const is_again = used.has(source);
      used.add(source);
      const edge = edges.find((each) => each.target === id && each.slot === slot) ?? null;
      return { source, target: id, edge, is_again };
    }),
  );
}
