/** The sum of the exponentials, written out, and the quotient of one of them. */

import { element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createFormula } from "../parts/formula.js";
import { grouped, powerParts, scoreText } from "./written.js";

/** Beyond it a float holds no exponential, and below its negative hardly any digit. */
const LARGEST_EXPONENT = 700;

/** @param {HTMLElement} parent @param {HTMLElement} note */
export function createSum(parent, note) {
  const formula = createFormula("scores.softmax");

  return {
    /**
     * @param {import("./presented.js").Presented} view
     * @param {number} place of the class whose quotient is shown
     */
    show({ rows, rest, log_sum }, place) {
      const terms = rows.map(({ tempered, label }) => ({ logarithm: tempered, title: label }));
      if (rest) {
        terms.push({ logarithm: rest.tempered, title: `${formatInteger(rest.count)} others` });
      }
      parent.replaceChildren(
        ...terms.flatMap(({ logarithm, title }, index) => [
          index > 0 ? " + " : "",
          written(logarithm, index === place ? "sum-term is-chosen" : "sum-term", title),
        ]),
        " = ",
        written(log_sum, "sum-total", "the sum"),
      );
      const { tempered, share } = rows[place];
      const is_held = [tempered, log_sum].every((each) => Math.abs(each) < LARGEST_EXPONENT);
      const largest = Math.max(...terms.map((each) => each.logarithm));
      const [x, of_sum] = is_held ? [tempered, log_sum] : [tempered - largest, log_sum - largest];
      formula.fill({ x, power: Math.exp(x), sum: Math.exp(of_sum), share }, grouped);
      note.textContent = is_held
        ? ""
        : `A float reaches from about e⁻⁷⁰⁰ to e⁷⁰⁰. So the largest, ${scoreText(largest)}, is taken off all \
exponents first, here as in every network: that changes no share. The formula has what is left.`;
    },
  };
}

/** @param {number} logarithm @param {string} name @param {string} title */
function written(logarithm, name, title) {
  const { base, exponent } = powerParts(logarithm);
  return element(
    "span",
    { class: `${name} figure`, attributes: { title, "data-value": String(Math.exp(logarithm)) } },
    base,
    exponent ? element("sup", { text: exponent }) : null,
  );
}
