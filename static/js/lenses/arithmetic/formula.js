/** The formula of a unit: in symbols, then with its numbers, and what comes out. */

import { openUnit } from "../../address/selected_unit.js";
import { button, element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { term } from "../../shared/term.js";
import { exactFloat32, exactText, placeText, readable } from "./values.js";

/** Python's notation as people write it. */
const SIGNS = /** @type {[RegExp, string][]} */ ([
  [/\s*\*\*\s*/g, "^"],
  [/\s\*\s/g, " × "],
  [/\ssqrt\(/g, " √("],
  [/^sqrt\(/g, "√("],
  [/-/g, "\u2212"],
  [/\bgamma\b/g, "γ"],
  [/\bbeta\b/g, "β"],
  [/\balpha\b/g, "α"],
  [/\beps\b/g, "ε"],
]);

/** @param {string} text */
export const written = (text) => SIGNS.reduce((so_far, [sign, as]) => so_far.replace(sign, as), text);

/** Kinds whose operands are told apart by where they come from. */
const BY_LAYER = new Set(["elementwise", "copy", "maximum"]);
const LONGEST_NAME = 20;

/** @param {string} layer_id @returns {string} as many of its last parts as there is room for */
function shortName(layer_id) {
  const parts = layer_id.split(".");
  while (parts.length > 1 && parts.join(".").length > LONGEST_NAME) parts.shift();
  return parts.join(".");
}

/** What a number is, beside its name. @type {Record<string, string>} */
const MEANINGS = {
  sum: "the sum of all products below",
  bias: "the bias of this kernel, learned",
  count: "how many values there are",
  mean: "the mean that is taken off",
  variance: "the variance; its root is the standard deviation",
  eps: "keeps the root away from zero",
  gamma: "the scale, learned",
  beta: "the shift, learned",
  pixel: "the level in the picture, 0 to 255",
  std: "the standard deviation that is divided by",
};

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 */
export function createNumberFormula(parent, { state }) {
  const rule = element("p", { class: "formula-rule" });
  const line = element("p", { class: "formula-line", attributes: { role: "group", "aria-label": "The formula with its numbers" } });
  const note = element("p", { class: "quiet formula-note" });
  parent.append(rule, line, note);

  /**
   * @param {import("../../types.js").FormulaToken} token
   * @param {string} before
   * @param {boolean} by_layer called by its layer, not by the symbol of the rule
   */
  function number({ text, value, unit }, before, by_layer) {
    const is_negative = value !== null && value < 0 && /[-*/+^]\s*$/.test(before);
    const shown = is_negative ? `(${readable(value)})` : readable(value);
    const exact = unit ? exactFloat32(value) : exactText(value);
    const called = unit && by_layer ? shortName(unit.layer) : written(text);
    const name = element("span", { class: "formula-name" }, called === "bias" ? term("bias", called) : called);
    const options = {
      class: "formula-number",
      attributes: { "data-name": text, "data-value": String(value) },
    };
    if (unit) {
      const open = button(shown, () => openUnit(state, unit), {
        class: `${options.class} formula-operand`,
        title: `${exact}: unit ${placeText(unit)}. Click to see how it was made.`,
        attributes: options.attributes,
      });
      return element("span", { class: "formula-term" }, open, name);
    }
    const meaning = MEANINGS[text];
    const title = meaning ? `${exact}: ${meaning}` : exact;
    const fixed = element("span", {
      ...options,
      text: shown,
      attributes: { ...options.attributes, title },
    });
    return element("span", { class: "formula-term" }, fixed, name);
  }

  return {
    /** @param {import("../../types.js").Explanation} answer */
    show({ rule: symbols, formula, explained, kind, note: words, patch, divisor }) {
      const is_one_name = formula.length === 1;
      rule.textContent = ruleText(kind, symbols, patch, divisor);
      line.hidden = formula.length === 0;
      let before = "";
      const pieces = formula.map((token) => {
        if (token.value === null && token.unit === null && !/^\w+$/.test(token.text)) {
          before = token.text;
          return element("span", { class: "formula-text", text: written(token.text) });
        }
        const piece = number(token, before, BY_LAYER.has(kind));
        before = "";
        return piece;
      });
      const result = element("span", {
        class: "formula-number formula-result",
        text: readable(explained),
        attributes: { title: exactText(explained), "data-value": String(explained) },
      });
      const equals = is_one_name ? [] : [element("span", { class: "formula-text", text: " = " }), result];
      line.replaceChildren(...pieces, ...equals);
      note.hidden = words === "";
      note.textContent = written(words).replaceAll("\u2212energy", "-energy");
    },
  };
}

/**
 * @param {string} kind
 * @param {string} symbols
 * @param {import("../../types.js").PatchGeometry | null} patch
 * @param {number | null} divisor
 */
function ruleText(kind, symbols, patch, divisor) {
  if (kind === "weighted_sum" && patch) {
    const count = formatInteger(patch.terms);
    if (divisor !== null) return `Mean: the ${count} values added up, divided by their number.`;
    const bias = symbols.includes("bias") ? ", plus a bias" : "";
    return patch.terms === 1
      ? `One product of value and weight${bias}.`
      : `Sum of ${count} products of value and weight${bias}.`;
  }
  if (kind === "copy") return "Nothing is computed here: the value is handed on.";
  if (kind === "maximum") return `It is ${symbols}.`;
  if (kind === "unexplained") return "This operation has no explanation yet. It reads:";
  return written(symbols);
}
