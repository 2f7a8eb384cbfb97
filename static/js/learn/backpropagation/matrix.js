/** Small matrices on the page: a grid of numbers in colour, with its name and its shape. */

import { cellText, colourOf, exactText, largestMagnitude } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";

/**
 * @param {object} options
 * @param {string} options.name
 * @param {number[][]} options.rows
 * @param {string} [options.id] by which programs know it
 * @param {(row: number, column: number) => boolean} [options.isLit]
 * @param {(row: number, column: number) => void} [options.onChoose] makes buttons of the numbers
 * @param {[number, number] | null} [options.chosen]
 * @returns {HTMLElement}
 */
export function matrixGrid({ name, rows, id = "", isLit, onChoose, chosen = null }) {
  const largest = largestMagnitude(rows.flat());
  const shape = `${rows.length} × ${rows[0].length}`;
  const table = element(
    "table",
    { class: "matrix-grid", attributes: { "data-matrix": id, "aria-label": `${name}, ${shape}` } },
    element(
      "tbody",
      {},
      ...rows.map((row, i) => element("tr", {}, ...row.map((value, j) => cell(value, i, j)))),
    ),
  );

  /** @param {number} value @param {number} i @param {number} j */
  function cell(value, i, j) {
    const attributes = { "data-value": value, title: exactText(value) };
    const node = element("td", { class: isLit?.(i, j) ? "is-lit" : "", attributes });
    const colours = colourOf(value, largest);
    node.style.background = colours.background;
    node.style.color = colours.ink;
    if (!onChoose) {
      node.textContent = cellText(value);
      return node;
    }
    node.append(
      element("button", {
        text: cellText(value),
        attributes: {
          type: "button",
          "aria-label": `${name}, row ${i + 1}, column ${j + 1}: ${cellText(value)}`,
          "aria-pressed": String(chosen?.[0] === i && chosen[1] === j),
          "data-entry": `${id} ${i} ${j}`,
        },
        on: { click: () => onChoose(i, j) },
      }),
    );
    return node;
  }
  return element(
    "figure",
    { class: "matrix" },
    element(
      "figcaption",
      {},
      element("span", { class: "matrix-name", text: name }),
      element("span", { class: "matrix-shape", text: shape }),
    ),
    table,
  );
}

/** @param {string} text  Between two matrices. */
export const between = (text) => element("span", { class: "matrix-sign", text });

/** @param {number[][]} rows @returns {number[][]} */
export const transposed = (rows) => rows[0].map((_, column) => rows.map((row) => row[column]));
