/** Beside the sliding window: its patch in colour, and the sum that makes the unit. */

import { element } from "../../shared/element.js";
import { exactFloat32, exactText, readable } from "./values.js";

export function createPlayPatch() {
  const canvas = element("canvas", {
    class: "play-patch-canvas",
    attributes: { role: "img", "aria-label": "The window in colour" },
  });
  const node = element(
    "figure",
    { class: "value-figure play-patch" },
    element("figcaption", { class: "grid-caption", text: "the window" }),
    canvas,
  );
  return {
    node,

    /** @param {HTMLCanvasElement} picture the input @param {number[]} rows @param {number[]} columns */
    show(picture, rows, columns) {
      canvas.width = columns.length;
      canvas.height = rows.length;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      // Cell by cell: a dilated window leaves out what is between.
      rows.forEach((row, y) =>
        columns.forEach((column, x) => context.drawImage(picture, column, row, 1, 1, x, y, 1, 1)),
      );
    },
  };
}

/** @param {number | null} value @param {string} name @param {string} title */
const term = (value, name, title) =>
  element(
    "span",
    { class: "formula-term" },
    element("span", { class: "formula-number", text: readable(value), attributes: { title, "data-value": String(value) } }),
    element("span", { class: "formula-name", text: name }),
  );

/** @param {string} text */
const sign = (text) => element("span", { class: "formula-text", text: ` ${text} ` });

/**
 * @param {object} parts
 * @param {import("../../types.js").RowExplanation} parts.row
 * @param {import("../../types.js").RowUnit} parts.explained
 * @param {number[]} parts.results of the channels that are shown
 * @param {string[]} parts.names of theirs
 * @param {boolean} parts.is_done
 * @returns {HTMLElement[]}
 */
export function sumText({ row, explained, results, names, is_done }) {
  const { kind, bias, patch } = row;
  const { total, divisor, value } = explained;
  const result = element("strong", {
    class: "formula-number formula-result play-value",
    text: is_done ? readable(value) : "…",
    attributes: { title: exactFloat32(value), "data-value": String(value) },
  });
  if (kind === "maximum") return [term(results[0], "largest", exactText(results[0])), sign("="), result];
  const pieces = results.flatMap((sum, index) => [
    ...(index > 0 ? [sign("+")] : []),
    term(sum, names[index], exactText(sum)),
  ]);
  const others = patch.channels - results.length;
  if (others > 0 && total !== null) {
    const rest = is_done ? total - results.reduce((so_far, sum) => so_far + sum, 0) : null;
    pieces.push(
      sign("+"),
      rest === null
        ? element("span", { class: "formula-number", text: "…" })
        : term(rest, `${others} other ${others === 1 ? "channel" : "channels"}`, exactText(rest)),
    );
  }
  if (bias !== null) pieces.push(sign("+"), term(bias, "bias", exactText(bias)));
  if (divisor !== null) {
    return [sign("("), ...pieces, sign(")"), sign("/"), term(divisor, "count", exactText(divisor)), sign("="), result];
  }
  return [...pieces, sign("="), result];
}
