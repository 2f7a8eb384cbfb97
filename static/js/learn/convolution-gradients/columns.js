/** The same convolution as one matrix product: windows cut out as columns, and folded back. */

import { colourOf, largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { button, byId, element, setText } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { address } from "./address.js";
import { createChannelGrids } from "./channel_grids.js";
import {
  KERNEL_PX,
  PICTURE_PX,
  channelsOf,
  indexOf,
  outputSize,
  placeAt,
  placesOf,
  sizeOf,
  usesOf,
  within,
} from "./geometry.js";
import { flat, isTried, numbersOf, unknown } from "./lesson.js";
import { counted, placeText } from "./words.js";

const FLIGHT_MS = 900;
const CAPTION_FORWARD = "X, a column a window; above each its y: the sum of w times the column";
const CAPTION_BACK = "dL/dX, the gradient of each copy: the w of its row times the dL/dy of its column";
const stands_still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {ReturnType<typeof import("./lesson.js").createLesson>} lesson */
export function createColumns(lesson) {
  const patch = createFormula("convolution-gradients.patch");
  const picture = createChannelGrids(byId("columns-picture"), {
    name: "folded",
    caption: "picture x",
    label: (index) => `pixel at ${placeText(placeAt(index, PICTURE_PX), address.get().channels)}`,
    onChoose: choose,
  });
  const sheet = element("div", { class: "matrix-cells", attributes: { role: "img" } });
  const caption = byId("columns-caption");
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
  const again = button("Watch the copies", fly, { class: "button button-small" });
  byId("columns-tools").append(side.node, again);

  sheet.addEventListener("click", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target);
    if (cell.dataset.pixel) choose(Number(cell.dataset.pixel));
  });

  /** @param {number} index */
  function choose(index) {
    address.change({ pick: { kind: "pixel", ...placeAt(index, PICTURE_PX) }, plus: 0 });
  }

  function draw() {
    const shown = address.get();
    const pick = within(shown.pick, shown);
    const is_back = shown.columns === "gradients";
    const size = outputSize(shown);
    const numbers = numbersOf(shown);
    const answer = lesson.convolution(shown);
    const height = shown.channels * KERNEL_PX ** 2;
    const width = size ** 2;
    const waiting = Array.from({ length: height }, () => unknown(width));
    const cells = (is_back ? answer?.column_gradient : answer?.columns) ?? waiting;
    const totals = answer ? flat(answer.input_gradient) : unknown(shown.channels * PICTURE_PX ** 2);
    const is_pixel = pick.kind === "pixel";
    const chosen = is_pixel ? indexOf(pick, PICTURE_PX) : null;
    const uses = usesOf(pick, shown);
    const marks = new Set(uses.map(({ weight, output }) => placeIn(weight, output, size)));

    picture.caption(`${is_back ? "dL/dx" : "picture x"}${isTried(shown) ? ", before the +1" : ""}`);
    patch.fill({ channels: shown.channels, side: KERNEL_PX, height });
    setText(caption, is_back ? CAPTION_BACK : CAPTION_FORWARD);
    picture.show({
      values: is_back ? totals : flat(numbers.picture),
      columns: PICTURE_PX,
      chosen,
      lit: new Set(uses.flatMap(({ pixel }) => (pixel ? [indexOf(pixel, PICTURE_PX)] : []))),
    });

    const tops = is_back ? flat(numbers.gradient) : answer ? flat(answer.output) : unknown(width);
    const largest = largestMagnitude(cells.flat());
    const pixels = pixelsOf(shown);
    const head = (/** @type {number} */ value, /** @type {string} */ name) =>
      element("span", { class: "matrix-head", text: text(value), attributes: { title: name } });
    const rows = cells.map((row, at) => [
      head(flat(numbers.kernel)[at], `w at ${placeText(placeAt(at, KERNEL_PX), shown.channels)}`),
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
    for (const row of rows.slice(KERNEL_PX ** 2, KERNEL_PX ** 2 + 1)) {
      for (const cell of row) cell.classList.add("is-next-channel");
    }
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
    again.hidden = stands_still.matches;
    again.disabled = !is_pixel || copies.length === 0;
    const sums = {
      pixel: totals,
      weight: answer ? flat(answer.weight_gradient[0]) : unknown(height),
      output: answer ? flat(answer.output) : unknown(width),
    };
    const total = sums[pick.kind][indexOf(pick, sizeOf(pick.kind, shown))];
    const words = byId("columns-words");
    const where = placeText(pick, channelsOf(pick.kind, shown));
    setText(words, wordsFor({ pick, where, is_back, copies, total, width }));
    words.dataset.copies = String(copies.length);
    words.dataset.total = String(total);
  }

  /** The chosen pixel's copies go from the picture into the matrix, or their gradients come back. */
  function fly() {
    const { pick, columns } = address.get();
    if (stands_still.matches || pick.kind !== "pixel") return;
    const home = picture.cell(indexOf(pick, PICTURE_PX)).getBoundingClientRect();
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
  indexOf(weight, KERNEL_PX) * size ** 2 + indexOf(output, size);

/**
 * @param {ReturnType<typeof address.get>} shown
 * @returns {Map<number, number>} which pixel stands at which place of the matrix
 */
function pixelsOf(shown) {
  const size = outputSize(shown);
  const found = new Map();
  for (const [index, place] of placesOf(PICTURE_PX, shown.channels).entries()) {
    for (const { weight, output } of usesOf({ kind: "pixel", ...place }, shown)) {
      found.set(placeIn(weight, output, size), index);
    }
  }
  return found;
}

/**
 * @param {{pick: import("./address.js").Pick, where: string, is_back: boolean, copies: number[],
 *   total: number, width: number}} parts
 */
function wordsFor({ pick, where, is_back, copies, total, width }) {
  if (pick.kind === "weight") {
    const row = `The weight at ${where} has a row`;
    return is_back
      ? `${row}: it times each dL/dy, for what it met at ${counted(width, "place")}.`
      : `${row}: what it met at ${counted(width, "place")}. Times dL/dy, added up, that is its dL/dw, ${text(total)}.`;
  }
  if (pick.kind === "output") {
    const column = `The output at ${where} has a column`;
    return is_back
      ? `${column}: its dL/dy times each weight, for the ${copies.length} numbers that it read.`
      : `${column}: its window, laid down as ${copies.length} numbers. Times w, added up, that is its y, ${text(total)}.`;
  }
  const who = `The pixel at ${where}`;
  if (copies.length === 0) return `${who} was never copied, and nothing comes back.`;
  if (!is_back) return `${who} was copied ${counted(copies.length, "time")}.`;
  const sum = copies.map((value) => (value < 0 ? `(${text(value)})` : text(value))).join(" + ");
  return `${who} gets what its ${counted(copies.length, "copy", "copies")} bring back: ${sum} = ${text(total)}.`;
}
