/** Two designs as two columns of steps, aligned: the same, changed, new, gone. */

import { byId, element } from "../../shared/element.js";
import { headWords, smallWords } from "./words.js";

/** @typedef {import("../../types.js").FamousDesign} Design */
/** @typedef {import("../../types.js").DesignRow} Row */

const MARKS = /** @type {const} */ ({ same: "=", changed: "≠", new: "+", gone: "−" });
const MARK_WORDS = { same: "the same", changed: "changed", new: "new", gone: "gone" };

/**
 * @param {import("./words.js").Word[]} words
 * @param {readonly string[]} changed
 * @param {string} between
 */
function wordNodes(words, changed, between) {
  return words.flatMap(({ text, says }, place) => {
    const is_different = says.some((each) => changed.includes(each));
    const node = element(is_different ? "b" : "span", { text });
    return place === 0 ? [node] : [between, node];
  });
}

/**
 * @param {import("../../types.js").DesignStep | null} step
 * @param {Row} row
 * @param {"before" | "after"} side
 */
function createStep(step, { changed, mark }, side) {
  if (step === null) return element("td", { class: "step is-missing" });
  return element(
    "td",
    { class: `step is-${step.kind.replace(" ", "-")} is-${mark}`, attributes: { "data-side": side } },
    element("span", { class: "step-head" }, ...wordNodes(headWords(step), changed, " ")),
    element("span", { class: "step-small" }, ...wordNodes(smallWords(step), changed, " · ")),
  );
}

/** @param {Row} row */
const createMark = ({ mark }) =>
  element(
    "td",
    { class: "step-mark" },
    element("span", { text: MARKS[mark], attributes: { "aria-hidden": "true" } }),
    element("span", { class: "visually-hidden", text: MARK_WORDS[mark] }),
  );

/**
 * @returns {(before: Design | null, after: Design) => void}
 */
export function createColumns() {
  const table = byId("columns");
  return (before, after) => {
    const rows = after.rows.map((row) =>
      element(
        "tr",
        { attributes: { "data-mark": row.mark } },
        ...(before
          ? [createStep(row.before === null ? null : before.steps[row.before], row, "before"), createMark(row)]
          : []),
        createStep(row.after === null ? null : after.steps[row.after], row, "after"),
      ),
    );
    const head = element(
      "tr",
      {},
      ...(before ? [element("th", { text: before.name, attributes: { scope: "col" } }), element("td")] : []),
      element("th", { text: after.name, attributes: { scope: "col" } }),
    );
    table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
    table.classList.toggle("is-first", before === null);
    byId("columns-key").hidden = before === null;
  };
}
