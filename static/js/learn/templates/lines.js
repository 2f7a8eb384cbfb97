/** Points of three classes and three scores: by hand, or step by step by gradient descent. */

import { readable } from "../../lenses/arithmetic/values.js";
import { postJson } from "../../api/request.js";
import { button, byId, element, setText } from "../../shared/element.js";
import { createNumberField } from "../../shared/number_field.js";
import { createStepper } from "../../shared/stepper.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createNewest } from "../parts/newest.js";
import { FIRST_LINES, MOST_STEPS } from "./address.js";
import { createCut } from "./cut.js";
import { linesOf, scoresOf, valueAt } from "./geometry.js";
import { NAMES, createPlane } from "./plane.js";
import { createWeightsTable } from "./weights_table.js";

/** @typedef {import("../../types.js").Lines} Lines */
/** @typedef {import("../../types.js").LinesStep} LinesStep */

const SEEDS = 10000;
/** @type {Record<string, string>} what there is to find out with each pattern */
const WORDS = {
  corners: "A ring marks each point that lies in a wrong region. Move the lines until none is left; or let gradient descent do it.",
  row: "No single line parts the middle class from both others. Three scores do, once trained: see the cut.",
  ring: "However the lines lie, some points stay wrong: a region of a linear classifier has no hole and no dent, so none can lie all around the two others.",
};

/** @param {Pick<LinesStep, "weight" | "bias">} step @returns {number[]} w1, w2 and b of each */
const linesAt = ({ weight, bias }) => weight.flatMap((row, index) => [...row, bias[index]]);

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @returns {Promise<void>} once the first answer is there
 */
export async function createLines(address, { fail }) {
  const formulas = ["a", "b", "c"].map((name) => createFormula(`templates.${name}`));
  /** @type {Lines | null} */
  let found = null;
  /** Where the lines were put that `found` goes on from. */
  let asked_from = "";
  let step = address.get().step;

  const plane = createPlane(byId("lines-plane"), {
    onLine(index, score) {
      const scores = scoresOf(linesNow());
      put(linesOf(scores.with(index, score)));
    },
    onPoint: (at) => address.change({ at }),
  });
  const cut = createCut(byId("lines-cut"));
  const body = /** @type {Element} */ (byId("lines-table").querySelector("tbody"));
  const table = createWeightsTable(body, (place, value) => put(linesNow().with(place, value)));

  const patterns = createChosenOne({
    label: "points",
    choices: [
      { value: "corners", text: "three corners" },
      { value: "row", text: "in a row" },
      { value: "ring", text: "a ring" },
    ],
    value: address.get().points,
    onChange: (points) => address.change({ points, step: 0 }, { step: true }),
  });
  byId("lines-tools").append(
    patterns.node,
    button("Other points", () => address.change({ seed: (address.get().seed + 1) % SEEDS, step: 0 }, { step: true }), {
      class: "button button-small",
    }),
    button("Lines as at first", () => put(FIRST_LINES, true), { class: "button button-small" }),
  );
  const stepper = createStepper(byId("lines-stepper"), {
    label: "Steps of gradient descent",
    last: MOST_STEPS,
    at: step,
    per_second: 10,
    onShow(next) {
      step = next;
      show();
    },
    onRest: (next) => address.change({ step: next }),
  });
  const rate = createNumberField({
    ...{ label: "rate", low: 0.05, high: 5, step: 0.05, value: address.get().rate, logarithmic: true },
    onChange: (value) => address.change({ rate: value }),
  });
  byId("lines-stepper").append(rate.node);
  const figures = Object.fromEntries(
    [
      ["right", "points in the right region"],
      ["loss", "loss, nats"],
    ].map(([name, title]) => {
      const value = element("dd", { attributes: { "data-figure": name }, text: "…" });
      byId("lines-figures").append(element("div", { class: "readout" }, element("dt", { text: title }), value));
      return [name, value];
    }),
  );

  /** The lines that are shown: as they were put, or after steps from there. */
  function linesNow() {
    const { lines } = address.get();
    const there = step > 0 && lines.join() === asked_from ? found?.path[step] : null;
    return there ? linesAt(there) : lines;
  }

  /** By hand: training starts from there again. @param {number[]} lines @param {boolean} [is_step] */
  function put(lines, is_step = false) {
    step = 0;
    address.change({ lines: lines.map((each) => Number(each.toPrecision(6))), step: 0 }, { step: is_step });
    stepper.go(0);
  }

  /** @returns {import("../../types.js").LinesBody} */
  function question() {
    const { points, seed, lines, rate: chosen } = address.get();
    const scores = scoresOf(lines);
    return {
      ...{ points, seed, rate: chosen, steps: MOST_STEPS },
      ...{ weight: scores.map(({ w }) => w), bias: scores.map(({ b }) => b) },
    };
  }

  // The loss follows the hand: what was found last stays until the next is there.
  const newest = createNewest(
    (/** @type {import("../../types.js").LinesBody} */ asked) => postJson("/learn/lines", asked),
    (answer, asked) => {
      const now = address.get();
      if (asked.points !== now.points || asked.seed !== now.seed) return; // other points'
      found = answer;
      asked_from = linesAt(asked).join();
      if (!newest.isBehind()) delete byId("lines-figures").dataset.stale;
      show();
    },
    fail,
  );

  function ask() {
    byId("lines-figures").dataset.stale = "";
    return newest.want(question());
  }

  function show() {
    const { at, points } = address.get();
    const place = /** @type {[number, number]} */ ([at[0], at[1]]);
    const lines = linesNow();
    const scores = scoresOf(lines);
    const there = found?.path[step] ?? null;
    const marks = (found?.points ?? []).map((point, index) => ({ ...point, best: there ? there.best[index] : null }));
    plane.show(scores, marks, place);
    cut.show(scores, place);
    table.show(lines);
    table.showSlopes(there ? there.weight_gradient.flatMap((row, index) => [...row, there.bias_gradient[index]]) : null);
    const values = scores.map((score) => valueAt(score, place));
    scores.forEach(({ w, b }, index) => {
      formulas[index].fill({ ...{ wx: w[0], wy: w[1], x: at[0], y: at[1], bias: b }, score: values[index] });
    });
    const best = values.indexOf(Math.max(...values));
    for (const row of document.querySelectorAll("[data-score]")) {
      row.classList.toggle("is-best", row.getAttribute("data-score") === String(best));
    }
    setText(byId("lines-verdict"), `The largest is that of ${NAMES[best]}: p lies in its region.`);
    byId("lines-verdict").dataset.value = NAMES[best];
    setText(byId("lines-words"), WORDS[points]);
    if (!there) return;
    figures.right.textContent = `${there.right} of ${marks.length}`;
    figures.right.dataset.value = String(there.right);
    figures.loss.textContent = readable(there.loss);
    figures.loss.dataset.value = String(there.loss);
  }

  address.subscribe((now, before) => {
    patterns.show(now.points);
    rate.show(now.rate);
    const names = /** @type {const} */ (["points", "seed", "rate"]);
    const is_other = now.lines.join() !== before.lines.join() || names.some((name) => now[name] !== before[name]);
    if (is_other) ask();
    if (now.step !== before.step && now.step !== stepper.get()) stepper.go(now.step);
    show();
  });
  show();
  await ask();
}
