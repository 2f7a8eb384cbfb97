/** One operation of the interface: what it does, what it takes, what it answers. */

import { element } from "../../shared/element.js";
import { codeBlock } from "./code_block.js";
import { pathCode, prose } from "./prose.js";
import { createTryItView } from "./try_it.js";

/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {import("./openapi.js").ProblemKind} ProblemKind */

/** @param {Operation["method"]} method */
export const methodBadge = (method) =>
  element("span", { class: `docs-method is-${method.toLowerCase()}`, text: method });

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
  return element("div", {}, element("h4", { text: "Problems" }), ...items);
}

/**
 * @param {HTMLElement} parent
 * @param {Operation} operation
 * @param {import("./suggestions.js").Suggestions} suggestions
 * @returns {HTMLElement}
 */
export function createOperationView(parent, operation, suggestions) {
  const { id, method, path, summary, description, problems } = operation;
  const ask = element("div", { class: "docs-ask" });
  const answer = element("div", { class: "docs-answer" });
  const title_id = `${id}.title`;
  const section = element(
    "section",
    { class: "docs-operation", attributes: { id, "aria-labelledby": title_id, tabindex: -1 } },
    element(
      "h3",
      { attributes: { id: title_id } },
      summary,
      element("a", {
        class: "docs-anchor",
        text: "#",
        attributes: { href: `#${id}`, "aria-label": `Link to: ${summary}` },
      }),
    ),
    element("p", { class: "docs-call" }, methodBadge(method), pathCode(path)),
    description ? element("p", { class: "docs-prose" }, ...prose(description)) : null,
    element(
      "div",
      { class: "docs-columns" },
      ask,
      answer,
      problems.length > 0
        ? element("div", { class: "docs-problems" }, problemList(problems))
        : null,
    ),
  );
  createTryItView({ ask, answer }, operation, suggestions);
  parent.append(section);
  return section;
}
