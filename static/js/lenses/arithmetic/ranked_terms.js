/** The terms of a sum, those that count most first, and what all the others add. */

import { button, element, setText } from "../../shared/element.js";
import { formatInteger, withoutRounding } from "../../shared/format.js";
import { colourOf, exactFloat32, exactText, readable } from "./values.js";

const FIRST = 8;
const MORE = 24;

/**
 * @typedef {object} RankedTerms
 * @property {string} heading of the first column
 * @property {ArrayLike<number>} products one a term; of channels, their sums
 * @property {ArrayLike<number> | null} values float32
 * @property {ArrayLike<number> | null} weights float32
 * @property {number} total of all products
 * @property {string} product_heading
 * @property {string} ranked_by what of them is the largest
 * @property {(term: number) => string} label
 * @property {(term: number) => string} hint
 * @property {((term: number) => void) | null} onChoose null for a term that leads nowhere
 * @property {number | null} [chosen]
 * @property {boolean} [adds_up] false where the terms are compared, not added
 */

/** @param {HTMLElement} parent */
export function createRankedTerms(parent) {
  const caption = element("caption", { class: "quiet" });
  const head = element("tr");
  const body = element("tbody");
  const table = element(
    "table",
    { class: "term-table" },
    caption,
    element("thead", {}, head),
    body,
  );
  const more = button("Show more", () => grow(), { class: "button button-small" });
  parent.append(table, more);
  /** @type {RankedTerms | null} */
  let shown = null;
  /** @type {Uint32Array} */
  let order = new Uint32Array();
  let count = FIRST;

  function grow() {
    count += MORE;
    draw();
  }

  /** @param {string} text @param {string} exact @param {number} value @param {string} kind */
  const numberCell = (text, exact, value, kind) =>
    element("td", {
      class: `term-number term-${kind}`,
      text,
      attributes: { title: exact, "data-value": value },
    });

  /** @param {number} term @param {number} largest */
  function row(term, largest) {
    const { products, values, weights, label, hint, onChoose, chosen } =
      /** @type {RankedTerms} */ (shown);
    const product = products[term];
    const name = onChoose
      ? button(label(term), () => onChoose(term), {
          class: "link term-link",
          title: hint(term),
          attributes: chosen === undefined ? {} : { "aria-pressed": String(chosen === term) },
        })
      : element("span", { text: label(term), attributes: { title: hint(term) } });
    const fill = element("span", { class: "term-bar-fill" });
    const share = largest > 0 ? Math.abs(product) / largest : 0;
    fill.style.transform = `scaleX(${Number.isFinite(share) ? share : 1})`;
    fill.style.backgroundColor = colourOf(Math.sign(product) * 0.65, 1).background;
    return element(
      "tr",
      { attributes: { "data-term": term, ...(chosen === term ? { class: "is-chosen" } : {}) } },
      element("th", { class: "term-name", attributes: { scope: "row" } }, name),
      ...(values ? [numberCell(readable(values[term]), exactFloat32(values[term]), values[term], "value")] : []),
      ...(weights
        ? [numberCell(readable(weights[term]), exactFloat32(weights[term]), weights[term], "weight")]
        : []),
      numberCell(readable(product), exactText(product), product, "product"),
      element("td", { class: "term-bar", attributes: { "aria-hidden": "true" } }, fill),
    );
  }

  /** @param {string} text @param {number} value @param {string} kind */
  function lastRow(text, value, kind) {
    const { values, weights } = /** @type {RankedTerms} */ (shown);
    const colspan = 1 + (values ? 1 : 0) + (weights ? 1 : 0);
    return element(
      "tr",
      { class: "term-rest" },
      element("th", { text, attributes: { scope: "row", colspan } }),
      numberCell(readable(value), exactText(value), value, kind),
      element("td"),
    );
  }

  function draw() {
    if (!shown) return;
    const { products, values, weights, total, heading, product_heading, ranked_by, adds_up = true } = shown;
    const headings = [heading, values && "value", weights && "× weight", product_heading, ""];
    head.replaceChildren(
      ...headings
        .filter((text) => text !== null)
        .map((text) =>
          // A heading without a word heads nothing.
          text ? element("th", { text: String(text), attributes: { scope: "col" } }) : element("td"),
        ),
    );
    setText(caption, `By magnitude, largest ${ranked_by} first`);
    const visible = order.subarray(0, count);
    const largest = order.length > 0 ? Math.abs(products[order[0]]) : 0;
    const rows = [...visible].map((term) => row(term, largest));
    const left = order.length - visible.length;
    if (left > 0 && adds_up) {
      const taken = [...visible].map((term) => products[term]);
      const left_over = taken.reduce((sum, product) => sum - product, total);
      const rest = withoutRounding(left_over, [total, ...taken]);
      rows.push(lastRow(`${formatInteger(left)} others together`, rest, "rest"));
    }
    if (adds_up) rows.push(lastRow("sum", total, "total"));
    body.replaceChildren(...rows);
    more.hidden = left <= 0;
  }

  return {
    /** @param {RankedTerms | null} terms */
    show(terms) {
      parent.hidden = terms === null;
      shown = terms;
      count = FIRST;
      if (!terms) return;
      const { products } = terms;
      order = Uint32Array.from({ length: products.length }, (_, index) => index);
      order.sort((one, other) => Math.abs(products[other]) - Math.abs(products[one]) || one - other);
      draw();
    },

    /** @param {number} term */
    choose(term) {
      if (!shown) return;
      shown.chosen = term;
      draw();
    },
  };
}
