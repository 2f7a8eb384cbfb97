/** A guess at the gradient of a leaf, before it is sent back. */

import { element } from "../../shared/element.js";
import { judged, nameOf } from "./words.js";

/** @typedef {import("../../types.js").Graph} Graph */

/** @param {HTMLElement} parent */
export function createGuess(parent) {
  /** @type {Graph | null} */
  let graph = null;
  const leaf = element("select", {
    class: "leaf-choice",
    attributes: { "aria-label": "Variable" },
    on: { change: forget },
  });
  const number = element("input", {
    class: "number-field figure",
    attributes: { type: "number", step: "any", "aria-label": "Your guess", required: true },
    on: { input: forget },
  });
  const verdict = element("p", { class: "guess-verdict", attributes: { "aria-live": "polite" } });
  const form = element(
    "form",
    {
      class: "guess",
      attributes: { novalidate: true },
      on: {
        submit(/** @type {SubmitEvent} */ event) {
          event.preventDefault();
          tell();
        },
      },
    },
    element("span", { text: "Guess before it goes back: which gradient reaches" }),
    leaf,
    number,
    element("button", { class: "button", text: "Check", attributes: { type: "submit" } }),
  );
  parent.append(form, verdict);

  function forget() {
    verdict.textContent = "";
    delete verdict.dataset.right;
  }

  function tell() {
    const node = graph?.nodes.find(({ id }) => id === leaf.value);
    if (!graph || !node) return;
    if (!Number.isFinite(number.valueAsNumber)) {
      forget();
      verdict.textContent = "Type a number.";
      return;
    }
    const { is_right, hint, why } = judged(graph, node, number.valueAsNumber);
    verdict.dataset.right = String(is_right);
    verdict.textContent = `${hint} ${why}`;
  }

  return {
    /** @param {Graph} shown @param {import("./steps.js").Moment} moment @param {boolean} is_network */
    show(shown, { step, forward, last }, is_network) {
      parent.hidden = is_network || step > forward || last === 0;
      if (graph === shown) return;
      graph = shown;
      const variables = shown.nodes.filter(({ kind }) => kind === "variable");
      const names = variables.map(({ id }) => id).join(" ");
      forget();
      if (leaf.dataset.names === names) return;
      leaf.dataset.names = names;
      number.value = "";
      leaf.replaceChildren(
        ...variables.map((node) => element("option", { text: nameOf(node), attributes: { value: node.id } })),
      );
    },
  };
}
