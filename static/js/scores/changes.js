/** Classes before and after, as two bars each, with the difference. */

import { element } from "../shared/element.js";
import { formatChange, formatPercent } from "../shared/format.js";

/** @param {number | null} share @param {string} kind */
function bar(share, kind) {
  const fill = element("span", { class: `change-fill change-${kind}` });
  fill.style.transform = `scaleX(${share ?? 0})`;
  return element("span", { class: "change-track", attributes: { "aria-hidden": "true" } }, fill);
}

/** @param {number | null} difference of logits */
function directionOf(difference) {
  if (difference === null || difference === 0) return "";
  return difference < 0 ? "change-falls" : "change-rises";
}

/**
 * @param {HTMLElement} parent
 * @param {{names?: [string, string]}} [options] what the two are called
 */
export function createScoreChanges(parent, { names = ["before", "after"] } = {}) {
  const body = element("tbody");
  const heading = (/** @type {string} */ text) =>
    element("th", { text, attributes: { scope: "col" } });
  const table = element(
    "table",
    { class: "change-table" },
    element("caption", { class: "visually-hidden", text: `Classes ${names.join(" and ")}` }),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        heading("class"),
        heading(`${names[0]}, ${names[1]}`),
        heading(names[0]),
        heading(names[1]),
        heading("Δ logit"),
      ),
    ),
    body,
  );
  parent.append(table);

  return {
    /**
     * @param {import("../types.js").ClassChange[]} classes
     * @param {number | null} chosen the index of the class that is asked about
     */
    show(classes, chosen) {
      table.hidden = classes.length === 0;
      body.replaceChildren(
        ...classes.map((each) =>
          element(
            "tr",
            { class: each.index === chosen ? "is-chosen" : "", attributes: { "data-index": each.index } },
            element("th", {
              class: "change-label",
              text: each.label,
              attributes: { scope: "row", title: `${each.label}, class ${each.index}` },
            }),
            element(
              "td",
              { class: "change-bars" },
              bar(each.probability_before, "before"),
              bar(each.probability_after, "after"),
            ),
            element("td", {
              text: formatPercent(each.probability_before),
              attributes: { title: String(each.probability_before) },
            }),
            element("td", {
              text: formatPercent(each.probability_after),
              attributes: { title: String(each.probability_after) },
            }),
            element("td", {
              class: directionOf(each.logit_difference),
              text: formatChange(each.logit_difference, 2),
              attributes: {
                title: `logit ${each.logit_before}, then ${each.logit_after}`,
              },
            }),
          ),
        ),
      );
    },
  };
}
