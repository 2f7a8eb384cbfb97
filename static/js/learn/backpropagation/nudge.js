/** What a gradient promises, tried: the variable is raised a little, and the end asked again. */

import { readable } from "../../lenses/arithmetic/values.js";
import { postJson } from "../../api/request.js";
import { button, element, setText } from "../../shared/element.js";
import { signed } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { isAtCorner } from "./words.js";

/** @typedef {import("../../types.js").Graph} Graph */
/** @typedef {{graph: Graph, name: string, question: any}} Tried question: as the server was asked */

const NUDGE = 0.01;

/**
 * @param {HTMLElement} parent
 * @param {(error: unknown) => void} fail
 */
export function createNudge(parent, fail) {
  const latest = createLatest();
  const said = element("p", { class: "nudge-said", attributes: { "aria-live": "polite" } });
  const try_it = button("", () => ask(), { class: "button button-small" });
  parent.append(try_it, said);
  /** @type {Tried | null} */
  let shown = null;

  function ask() {
    if (!shown) return;
    const { graph, name, question } = shown;
    const raised = valueOf(graph, name) + NUDGE;
    const asked = { ...question, values: { ...question.values, [name]: raised } };
    latest.run(
      (signal) => postJson("/learn/graph", asked, signal),
      (/** @type {Graph} */ answer) => tell(graph, answer, name, question.inflow),
      fail,
    );
  }

  /** @param {Graph} graph @param {Graph} answer @param {string} name @param {number} inflow */
  function tell(graph, answer, name, inflow) {
    const [from, to] = [endOf(graph), endOf(answer)];
    const change = (to - from) / NUDGE;
    const times = inflow === 1 ? "" : `, times the inflow ${readable(inflow)}: ${readable(change * inflow)}`;
    const gradient = /** @type {number} */ (graph.nodes.find(({ id }) => id === name)?.inflow);
    const is_off = Math.abs(change * inflow - gradient) > 1e-3 * Math.abs(gradient);
    const why = isAtCorner(graph)
      ? ": at a corner there are two slopes, and it is one of them"
      : ", which is exact for the smallest of steps alone";
    said.dataset.change = String(change * inflow);
    setText(
      said,
      `With ${name} at ${readable(valueOf(graph, name) + NUDGE)} the end is ${close(to)} instead of ${close(from)}: ${readable(change)} for each unit${times}. The gradient said ${readable(gradient)}${is_off ? why : ""}.`,
    );
  }

  return {
    /** @param {Tried | null} next null where there is nothing to try */
    show(next) {
      if (next?.graph === shown?.graph && next?.name === shown?.name) return;
      shown = next;
      latest.cancel();
      parent.hidden = next === null;
      setText(said, "");
      delete said.dataset.change;
      if (next) try_it.textContent = `Try it: raise ${next.name} by ${NUDGE}`;
    },
  };
}

/** @param {Graph} graph @param {string} name */
const valueOf = (graph, name) =>
  /** @type {number} */ (graph.nodes.find(({ id }) => id === name)?.value);

/** @param {Graph} graph */
const endOf = ({ nodes }) => /** @type {number} */ (nodes[nodes.length - 1].value);

/** With digits enough to see the change. @param {number} value */
const close = (value) => signed(String(Number(value.toPrecision(6))));
