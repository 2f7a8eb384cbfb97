/** The scores of a picture, and what softmax, logarithm and loss make of each. */

import { element } from "../../shared/element.js";
import { writeNumber } from "./figures.js";

const HIGHEST = 5;
const COLUMNS = ["class", "score t", "p", "ln p", "y", "p − y"];

/** @param {HTMLElement} parent */
export function createScoreTable(parent) {
  const body = element("tbody");
  const heads = COLUMNS.map((text) => element("th", { text, attributes: { scope: "col" } }));
  parent.append(
    element(
      "table",
      { class: "loss-table is-scores" },
      element("caption", { class: "visually-hidden", text: "Scores, and the slope at each" }),
      element("thead", {}, element("tr", {}, ...heads)),
      body,
    ),
  );

  return {
    /**
     * @param {import("../../types.js").ClassScore[]} classes the highest first
     * @param {number} label what the picture really shows
     * @param {import("../../types.js").PictureLoss} loss
     */
    show(classes, label, { probabilities, logarithms, gradient }) {
      const highest = classes.slice(0, HIGHEST);
      const right = classes.filter(({ index }) => index === label && !highest.some((each) => each.index === label));
      body.replaceChildren(
        ...[...highest, ...right].map(({ index, label: name, logit }) =>
          row(name, index, index === label, [
            logit ?? NaN,
            probabilities[index],
            logarithms[index] ?? -Infinity,
            index === label ? 1 : 0,
            gradient[index],
          ]),
        ),
      );
    },
  };
}

/**
 * @param {string} name
 * @param {number} index
 * @param {boolean} is_right
 * @param {number[]} numbers
 */
function row(name, index, is_right, numbers) {
  const cells = numbers.map((number) => {
    const cell = element("td", { class: "figure" });
    writeNumber(cell, number);
    return cell;
  });
  return element(
    "tr",
    { class: is_right ? "is-right" : "", attributes: { "data-class": index } },
    element("th", { text: name, attributes: { scope: "row" } }),
    ...cells,
  );
}
