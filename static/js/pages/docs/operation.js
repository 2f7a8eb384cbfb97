/** One operation of the interface, once it is opened: what it takes, to send, and what it answers. */

import { element } from "../../shared/element.js";
import { codeBlock } from "./code_block.js";
import { createTryItView } from "./try_it.js";

/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {import("./openapi.js").ProblemKind} ProblemKind */

/** @param {ProblemKind[]} problems */
function problemList(problems) {
  const items = problems.map(({ slug, title, status, example }) =>
    element(
      "details",
      { class: "docs-problem" },
      element(
        "summary",
        {},
        element("span", { class: "figure docs-problem-status", text: status }),
        element("code", { text: slug }),
        element("span", { class: "quiet", text: title }),
      ),
      codeBlock(example, `Example of ${slug}`),
    ),
  );
  return element("div", { class: "docs-problems" }, element("h4", { text: "Problems" }), ...items);
}

/**
 * Builds what the page came without.
 *
 * @param {HTMLElement} parent the operation, as the page came with it
 * @param {Operation} operation
 * @param {import("./suggestions.js").Suggestions} suggestions
 */
export function createOperationView(parent, operation, suggestions) {
  const ask = element("div", { class: "docs-ask" });
  const answer = element("div", { class: "docs-answer" });
  createTryItView({ ask, answer }, operation, suggestions);
  // In its place: the fields and the problems say the same, with more to each.
  parent.querySelector(".docs-names")?.remove();
  parent.append(
    element(
      "div",
      { class: "docs-columns" },
      ask,
      answer,
      operation.problems.length > 0 ? problemList(operation.problems) : null,
    ),
  );
}
