/** The scores of a sample as bars, in an order that stays while they change. */

import { element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";

export const MOST_CLASSES = 10;

/**
 * @param {HTMLElement} list
 * @param {import("../../types.js").Prediction} prediction
 */
export function showScores(list, { classes, class_count }) {
  // In their own order, where all are there, so that they stay in place while they change.
  const listed =
    class_count > MOST_CLASSES ? classes : [...classes].sort((one, two) => one.index - two.index);
  // The highest logit first, and those that are no numbers last.
  const [best] = classes;
  list.replaceChildren(
    ...listed.map(({ index, label, logit, probability }) => {
      const bar = element("span", { class: "train-score-bar" });
      bar.style.width = `${(probability ?? 0) * 100}%`;
      return element(
        "li",
        {
          class: index === best.index ? "is-best" : "",
          attributes: { title: `${label}: logit ${logit}, probability ${probability}` },
        },
        element("span", { class: "train-score-label", text: label }),
        element("span", { class: "train-score-track" }, bar),
        element("span", {
          class: "figure train-score-number",
          // A network that diverged has no numbers left.
          text: Number.isFinite(probability) ? formatPercent(probability) : "no number",
        }),
      );
    }),
  );
}
