/** Stacks that reach a field of a size that somebody wants, and what each would cost. */

import { button, element } from "../shared/element.js";
import { formatInteger } from "../shared/format.js";
import { headRow } from "./head_row.js";

/** @type {Record<import("../types.js").StackProposal["way"], string>} */
const WORDS = {
  window: "one large window",
  plain: "3 × 3",
  separable: "3 × 3, separable",
  strided: "3 × 3, stride 2",
  pooled: "3 × 3 twice, then a pool",
  dilated: "3 × 3, dilated 1, 2, 4, …",
};
const HEADS = ["way", "layers", "field", "read", "parameters", "multiply-adds"];

/**
 * @param {HTMLElement} parent
 * @param {{onTake: (layers: import("./stack.js").StackLayer[]) => void}} parts
 */
export function createProposals(parent, { onTake }) {
  const body = element("tbody");
  const table = element(
    "table",
    { class: "fields-table proposals-table" },
    element(
      "thead",
      {},
      headRow(HEADS, "to take"),
    ),
    body,
  );
  parent.append(
    element(
      "div",
      { class: "fields-table-box", attributes: { tabindex: 0, role: "group", "aria-label": "Stacks that reach it" } },
      table,
    ),
  );

  /** @param {import("../types.js").StackProposal} proposal */
  function rowOf({ way, count, layers, size, read, parameters, multiply_adds }) {
    /** @param {string} head @param {number} value */
    const figure = (head, value) =>
      element("td", { text: formatInteger(value), attributes: { "data-head": head, "data-value": value } });
    return element(
      "tr",
      { attributes: { "data-way": way } },
      element("th", { text: WORDS[way], attributes: { scope: "row" } }),
      figure("layers", count),
      figure("field", size),
      element("td", { text: read === size ? "all" : `${read} of ${size} px`, attributes: { "data-head": "read" } }),
      figure("parameters", parameters),
      figure("multiply-adds", multiply_adds),
      element(
        "td",
        {},
        layers
          ? button("Take", () => onTake(layers), {
              class: "button button-small",
              attributes: { "aria-label": `Take ${WORDS[way]}` },
            })
          : "too large for the table",
      ),
    );
  }

  return {
    /** @param {import("../types.js").StackProposal[]} proposals */
    show(proposals) {
      body.replaceChildren(...proposals.map(rowOf));
    },
  };
}
