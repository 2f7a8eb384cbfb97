/** The same convolution as one matrix product: windows cut out as columns, and folded back. */

import { colourOf, largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { button, byId, element, setText } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { address } from "./address.js";
import { createCellGrid } from "./cell_grid.js";
import { KERNEL_PX, PICTURE_PX, outputSize, placesOf, usesOf, within } from "./geometry.js";
import { flat, numbersOf, unknown } from "./lesson.js";
import { counted, placeText } from "./words.js";

const FLIGHT_MS = 900;
const stands_still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {ReturnType<typeof import("./lesson.js").createLesson>} lesson */
export function createColumns(lesson) {
  const picture = createCellGrid(byId("columns-picture"), {
    name: "folded",
    caption: "picture x",
    label: (index) => `pixel at ${placeText(placesOf(PICTURE_PX)[index])}`,
    onChoose: choose,
  });
  const sheet = element("div", { class: "matrix-cells", attributes: { role: "img" } });
  byId("columns-matrix").append(sheet);
  /** @type {HTMLElement[]} */
  let marked = [];

  const side = createChosenOne({
    label: "show",
    choices: [
      { value: "values", text: "cut out (im2col)" },
      { value: "gradients", text: "add up (col2im)" },
    ],
    value: address.get().columns,
    onChange(value) {
      address.change({ columns: value }, { step: true });
      fly();
    },
  });
  const again = button("Once more", fly, { class: "button button-small" });
  byId("columns-tools").append(side.node, again);

  sheet.addEventListener("click", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target);
    if (cell.dataset.pixel) choose(Number(cell.dataset.pixel));
  });

  /** @param {number} index */
  function choose(index) {
    const { row, column } = placesOf(PICTURE_PX)[index];
    address.change({ pick: { kind: "pixel", row, column } });
  }

  function draw() {
    const shown = address.get();
    const pick = within(shown.pick, shown);
    const is_back = shown.columns === "gradients";
    const size = outputSize(shown);
    const numbers = numbersOf(shown);
    const answer = lesson.convolution(shown);
    const height = KERNEL_PX ** 2;
    const width = size ** 2;
    const waiting = Array.from({ length: height }, () => unknown(width));
    const cells = (is_back ? answer?.column_gradient : answer?.columns) ?? waiting;
    const totals = answer ? flat(answer.input_gradient[0]) : unknown(PICTURE_PX ** 2);
    const is_pixel = pick.kind === "pixel";
    const chosen = is_pixel ? pick.row * PICTURE_PX + pick.column : null;
    const uses = usesOf(pick, shown);
    const marks = new Set(uses.map(({ weight, output }) => placeIn(weight, output, size)));

    picture.caption(is_back ? "dL/dx" : "picture x");
    picture.show({
      values: is_back ? totals : flat(numbers.picture),
      columns: PICTURE_PX,
      chosen,
      lit: new Set(uses.flatMap(({ pixel }) => (pixel ? [pixel.row * PICTURE_PX + pixel.column] : []))),
    });

    const tops = is_back ? flat(numbers.gradient) : answer ? flat(answer.output[0]) : unknown(width);
    const largest = largestMagnitude(cells.flat());
    const pixels = pixelsOf(shown);
    const head = (/** @type {number} */ value, /** @type {string} */ name) =>
      element("span", { class: "matrix-head", text: text(value), attributes: { title: name } });
    const rows = cells.map((row, at) => [
      head(flat(numbers.kernel)[at], `w at ${placeText(placesOf(KERNEL_PX)[at])}`),
      ...row.map((value, column) => {
        const pixel = pixels.get(at * width + column) ?? null;
        const cell = element("span", {
          class: `matrix-cell${pixel === null ? " is-padding" : ""}`,
          text: text(value),
          attributes: { "data-value": value, ...(pixel === null ? {} : { "data-pixel": pixel }) },
        });
        if (marks.has(at * width + column)) {
          const { background, ink } = colourOf(value, largest);
          Object.assign(cell.style, { backgroundColor: background, color: ink });
          cell.classList.add("is-marked");
        }
        return cell;
      }),
    ]);
    sheet.style.setProperty("--columns", String(width + 1));
    sheet.replaceChildren(
      element("span", { class: "matrix-head", text: is_back ? "w ╲ dL/dy" : "w ╲ y" }),
      ...tops.map((value, at) => head(value, placeText(placesOf(size)[at]))),
      ...rows.flat(),
    );
    marked = /** @type {HTMLElement[]} */ ([...sheet.querySelectorAll(".is-marked")]);
    const copies = marked.map((cell) => Number(cell.dataset.value));
    sheet.setAttribute(
      "aria-label",
      `${is_back ? "dL/dX" : "X"}: ${counted(height, "row")} of weights, ${counted(width, "column")} `
        + `of windows; ${counted(copies.length, "cell")} marked`,
    );
    side.show(shown.columns);
    again.disabled = !is_pixel || copies.length === 0;
    const total = chosen === null ? NaN : totals[chosen];
    const words = byId("columns-words");
    setText(words, wordsFor({ pick, is_back, copies, total, width }));
    words.dataset.copies = String(copies.length);
    words.dataset.total = String(total);
  }

  /** The chosen pixel's copies go from the picture into the matrix, or their gradients come back. */
  function fly() {
    const { pick, columns } = address.get();
    if (stands_still.matches || pick.kind !== "pixel") return;
    const home = picture.cell(pick.row * PICTURE_PX + pick.column).getBoundingClientRect();
    for (const cell of marked) {
      const away = cell.getBoundingClientRect();
      const ghost = element("span", { class: "matrix-ghost", text: cell.textContent ?? "" });
      Object.assign(ghost.style, {
        left: `${away.left + window.scrollX}px`,
        top: `${away.top + window.scrollY}px`,
        width: `${away.width}px`,
        height: `${away.height}px`,
        backgroundColor: cell.style.backgroundColor,
        color: cell.style.color,
      });
      document.body.append(ghost);
      const at_home = {
        transform: `translate(${home.left - away.left}px, ${home.top - away.top}px)`,
      };
      const ways = [at_home, { transform: "none" }];
      const flight = ghost.animate(columns === "gradients" ? ways.reverse() : ways, {
        duration: FLIGHT_MS,
        easing: "ease-in-out",
      });
      flight.addEventListener("finish", () => ghost.remove());
    }
  }

  address.subscribe(draw);
  draw();
  return { draw };
}

/** @param {number} value */
const text = (value) => (Number.isNaN(value) ? "·" : readable(value));

/**
 * @param {import("./geometry.js").Place} weight
 * @param {import("./geometry.js").Place} output
 * @param {number} size
 */
const placeIn = (weight, output, size) =>
  (weight.row * KERNEL_PX + weight.column) * size ** 2 + output.row * size + output.column;

/**
 * @param {ReturnType<typeof address.get>} shown
 * @returns {Map<number, number>} which pixel stands at which place of the matrix
 */
function pixelsOf(shown) {
  const size = outputSize(shown);
  const found = new Map();
  for (const [index, { row, column }] of placesOf(PICTURE_PX).entries()) {
    for (const { weight, output } of usesOf({ kind: "pixel", row, column }, shown)) {
      found.set(placeIn(weight, output, size), index);
    }
  }
  return found;
}

/**
 * @param {{pick: import("./address.js").Pick, is_back: boolean, copies: number[], total: number,
 *   width: number}} parts
 */
function wordsFor({ pick, is_back, copies, total, width }) {
  if (pick.kind === "weight") {
    return `The weight at ${placeText(pick)} is a row of the product: one weight, ${counted(width, "place")}.`;
  }
  if (pick.kind === "output") {
    return `The output at ${placeText(pick)} is a column: its window, laid down as ${copies.length} numbers.`;
  }
  const where = `The pixel at ${placeText(pick)}`;
  if (copies.length === 0) return `${where} was never copied, and nothing comes back.`;
  if (!is_back) return `${where} was copied ${counted(copies.length, "time")}.`;
  const sum = copies.map((value) => (value < 0 ? `(${text(value)})` : text(value))).join(" + ");
  return `${where} gets what its ${counted(copies.length, "copy", "copies")} bring back: ${sum} = ${text(total)}.`;
}
