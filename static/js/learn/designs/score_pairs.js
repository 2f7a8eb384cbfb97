/** What a network says of a digit, before something was done to it and after. */

import { element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";

const CLASSES = 10;

/** @param {HTMLElement} parent */
export function createScorePairs(parent) {
  const rows = Array.from({ length: CLASSES }, (_, digit) => {
    const [before, after] = ["before", "after"].map((name) => element("span", { class: `pair-bar is-${name}` }));
    const text = element("td", { class: "figure pair-text" });
    const node = element(
      "tr",
      { attributes: { "data-digit": digit } },
      element("th", { text: String(digit), attributes: { scope: "row" } }),
      element("td", { class: "pair-track" }, before, after),
      text,
    );
    return { node, before, after, text };
  });
  parent.append(
    element(
      "table",
      { class: "pair-table" },
      element(
        "caption",
        {},
        element("span", { class: "pair-key is-before", text: "whole" }),
        " ",
        element("span", { class: "pair-key is-after", text: "as it stands now" }),
      ),
      element(
        "thead",
        { class: "visually-hidden" },
        element(
          "tr",
          {},
          ...["digit", "probability", "now"].map((text) => element("th", { text, attributes: { scope: "col" } })),
        ),
      ),
      element("tbody", {}, ...rows.map(({ node }) => node)),
    ),
  );

  return {
    /** @param {readonly import("../../types.js").Interventions["classes"][number][]} classes */
    show(classes) {
      for (const { index, probability_before, probability_after } of classes) {
        const row = rows[index];
        if (!row) continue;
        row.before.style.width = `${100 * (probability_before ?? 0)}%`;
        row.after.style.width = `${100 * (probability_after ?? 0)}%`;
        row.text.textContent = formatPercent(probability_after);
        row.node.dataset.was = String(probability_before);
        row.node.dataset.now = String(probability_after);
      }
    },

    clear() {
      for (const { node, before, after, text } of rows) {
        before.style.width = "0";
        after.style.width = "0";
        text.textContent = "";
        delete node.dataset.was;
        delete node.dataset.now;
      }
    },
  };
}
