/** Two matrices multiplied into one, entry by entry, and both ways from x compared. */

import { postJson } from "../../api/request.js";
import { exactText, readable } from "../../lenses/arithmetic/values.js";
import { button, byId, element, setText } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { onChange } from "./address.js";
import { LETTER, applied, folded, product } from "./geometry.js";
import { bracketed, createMatrixInputs } from "./matrix_grid.js";
import { createPlanes } from "./planes.js";

const STEP_MS = 800;
const ENTRIES = [0, 1, 2, 3];

/** @typedef {import("../../types.js").Linear} Answer */
/** @typedef {import("./geometry.js").Matrix} Matrix */

/**
 * @param {{address: import("./address.js").BendAddress, fail: (error: unknown) => void}} parts
 */
export function createStack({ address, fail }) {
  const planes = createPlanes(byId("planes"), (changes) => address.change(changes));
  const formula = createFormula("bend.entry");
  const opened = address.get();
  const first = createMatrixInputs({
    name: "A",
    values: opened.a,
    onChange: (a) => address.change({ a }),
  });
  const second = createMatrixInputs({
    name: "B",
    values: opened.b,
    onChange: (b) => address.change({ b }),
  });
  const cells = ENTRIES.map((entry) =>
    button("", () => choose(entry), { class: "bend-cell bend-entry figure" }),
  );
  const bend = createChosenOne({
    label: "Between them",
    choices: [
      { value: "no", text: "nothing" },
      { value: "yes", text: "a ReLU" },
    ],
    value: opened.fold,
    onChange: (chosen) => address.change({ fold: chosen }, { step: true }),
  });
  const play = button("Multiply", () => multiply(), { class: "button button-small" });
  byId("matrices").append(
    element(
      "div",
      { class: "bend-matrices" },
      second.node,
      element("span", { class: "bend-sign", text: "·" }),
      first.node,
      element("span", { class: "bend-sign", text: "=" }),
      bracketed("C = BA", cells),
    ),
    element("div", { class: "bend-controls" }, play, bend.node),
  );
  const readouts = [
    ...["B(Ax), one after the other", "(BA)x, at once", "largest difference of the two"],
    "B ReLU(Ax)",
  ].map((name) => {
    const value = element("dd");
    const node = element("div", { class: "readout" }, element("dt", { text: name }), value);
    byId("stack-readouts").append(node);
    return { value, node };
  });
  const latest = createLatest();
  let entry = 0;
  /** How many entries stand; all but while it multiplies. */
  let filled = ENTRIES.length;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {number} chosen */
  function choose(chosen) {
    clearTimeout(timer);
    filled = ENTRIES.length;
    entry = chosen;
    showProduct();
  }

  function multiply() {
    clearTimeout(timer);
    const is_still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    filled = is_still ? ENTRIES.length : 0;
    if (is_still) entry = (entry + 1) % ENTRIES.length;
    else next();
    showProduct();
  }

  function next() {
    entry = filled;
    filled += 1;
    showProduct();
    if (filled < ENTRIES.length) timer = setTimeout(next, STEP_MS);
  }

  function showProduct() {
    const { a: right, b: left } = address.get();
    const c = product(left, right);
    const row = Math.floor(entry / 2);
    const column = entry % 2;
    cells.forEach((cell, index) => {
      const is_there = index < filled;
      cell.textContent = is_there ? readable(c[index]) : "·";
      cell.dataset.value = String(c[index]);
      cell.setAttribute("aria-pressed", String(index === entry));
      cell.setAttribute(
        "aria-label",
        `C, row ${Math.floor(index / 2) + 1}, column ${(index % 2) + 1}: ${is_there ? readable(c[index]) : "not yet"}`,
      );
    });
    second.light((index) => Math.floor(index / 2) === row);
    first.light((index) => index % 2 === column);
    formula.fill({
      first: left[2 * row],
      second: right[column],
      third: left[2 * row + 1],
      fourth: right[2 + column],
      entry: c[entry],
    });
  }

  /** What stands there is of other numbers. @param {unknown} error */
  function showNone(error) {
    for (const { value } of readouts.slice(0, 3)) {
      value.textContent = "·";
      delete value.dataset.value;
      value.title = "";
    }
    fail(error);
  }

  /** @param {Answer} answer */
  function showAnswer({ stacked, at_once, largest_difference }) {
    fail(null);
    [stacked, at_once].forEach((vector, index) => showVector(readouts[index].value, vector));
    const { value } = readouts[2];
    value.textContent = readable(largest_difference);
    value.dataset.value = String(largest_difference);
    value.title = exactText(largest_difference);
  }

  const said = byId("stack-said");
  function show() {
    const { a: right, b: left, x, fold: chosen } = address.get();
    const has_fold = chosen === "yes";
    planes.show({ a: right, b: left, x, fold: has_fold });
    first.show(right);
    second.show(left);
    bend.show(chosen);
    readouts[3].node.hidden = !has_fold;
    showVector(readouts[3].value, applied(left, folded(applied(right, x))));
    showProduct();
    setText(
      said,
      has_fold
        ? wordsOfFold(right, left)
        : "The solid F and the dashed one lie on each other, whatever you drag.",
    );
    latest.run(
      (signal) =>
        postJson(
          "/learn/linear",
          { layers: [{ weight: rows(right) }, { weight: rows(left) }], x },
          signal,
        ),
      showAnswer,
      showNone,
    );
  }
  onChange(address, ["a", "b", "x", "fold"], show);
  show();
}

/** @param {Matrix} right @param {Matrix} left */
function wordsOfFold(right, left) {
  const is_moved = LETTER.some((corner) => {
    const [x, y] = applied(right, corner);
    const [flat_x, flat_y] = folded([x, y]);
    return applied(left, [flat_x - x, flat_y - y]).some((apart) => Math.abs(apart) > 1e-9);
  });
  return is_moved
    ? "What is left of 0 or below it, the ReLU presses flat onto the axes. So the solid F leaves the dashed one, and the lines of the plane get corners: no matrix C does this."
    : "This F has nothing left of 0 or below it that would be pressed flat, so both still lie on each other. Turn an arrow of A, and they part.";
}

/** @param {HTMLElement} node @param {number[]} vector */
function showVector(node, vector) {
  node.textContent = `(${vector.map(readable).join(", ")})`;
  node.dataset.value = JSON.stringify(vector);
}

/** @param {number[]} matrix */
const rows = ([a, b, c, d]) => [[a, b], [c, d]];
