/** How undecided the network is. */

import { element } from "../shared/element.js";
import { term } from "../shared/term.js";
import { formatExact, formatFixed, formatInteger } from "../shared/format.js";

/** @param {number} classes a number of equally likely classes that need not be whole */
const formatClasses = (classes) =>
  classes < 99.5 ? classes.toPrecision(2) : formatInteger(Math.round(classes));

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createEntropyView(parent, { analysis, state, exact }) {
  const value = element("span", { class: "entropy-value" });
  const maximum = element("span", { class: "entropy-maximum" });
  const needle = element("span", { class: "entropy-needle" });
  const scale = element("div", { class: "entropy-scale", attributes: { "aria-hidden": "true" } });
  const marks = element("span", { class: "entropy-marks" });
  scale.append(marks, needle);
  const explanation = element("p", { class: "quiet" });
  parent.append(
    element("div", { class: "entropy-head" }, element("h3", {}, term("entropy", "Entropy")), value, maximum),
    scale,
    explanation,
  );

  function update() {
    const { phase, prediction } = analysis.get();
    parent.classList.toggle("is-waiting", phase === "loading" && prediction !== null);
    if (phase === "loading" && prediction) return;
    // Another network's entropy is cleared, and its room kept until this one's is here.
    if (phase !== "loading") parent.hidden = prediction === null;
    if (!prediction) {
      for (const node of [value, maximum, explanation]) node.textContent = "\u00a0";
      value.title = "";
      maximum.title = "";
      needle.style.left = "0";
      marks.style.backgroundSize = "";
      return;
    }
    const { entropy_bits, maximum_entropy_bits, class_count } = prediction;
    const in_full = exact.get();
    needle.hidden = entropy_bits === null;
    if (entropy_bits === null) {
      value.textContent = "unknown";
      value.title = maximum.textContent = "";
      explanation.textContent =
        "The scores are not all numbers, so there are no probabilities to take it of.";
      return;
    }
    value.textContent = `${in_full ? formatExact(entropy_bits) : formatFixed(entropy_bits, 2)} bits`;
    value.title = `${entropy_bits} bits`;
    maximum.textContent = `of at most ${
      in_full ? maximum_entropy_bits : maximum_entropy_bits.toFixed(2)
    }`;
    maximum.title = `${maximum_entropy_bits} bits`;
    needle.style.left = `${(entropy_bits / maximum_entropy_bits) * 100}%`;
    marks.style.backgroundSize = `${100 / maximum_entropy_bits}% 100%`;
    const even_classes = 2 ** entropy_bits;
    const sentences = [
      even_classes < 1.05
        ? "All but certain of one class."
        : `As undecided as an even draw among ${formatClasses(even_classes)} classes.`,
      `Zero bits would be certainty, the maximum a draw among all ${formatInteger(class_count)}.`,
    ];
    if (state.get().scale === "sigmoid") sentences.push("It belongs to the softmax scores.");
    explanation.textContent = sentences.join(" ");
  }
  const ends = [analysis.subscribe(update), state.subscribe(update), exact.subscribe(update)];

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
