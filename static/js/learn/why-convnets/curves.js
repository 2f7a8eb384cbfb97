/** How often five networks still read 1,000 digits that were moved. */

import { byId, element, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createPlot } from "../parts/plot.js";
import { NETWORKS } from "./address.js";

const MOST_PX = 4;
const SHIFTS = Array.from({ length: MOST_PX + 1 }, (_, shift_px) => shift_px);
const DIGITS = 1000;

/** @param {number} accuracy  As the course writes it: .987 */
const written = (accuracy) => (accuracy === 1 ? "1.000" : accuracy.toFixed(3).slice(1));

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @returns {{start: () => void, waitFor: (urgent: Promise<unknown>) => void}} start: to measure;
 *   waitFor: whatever is more urgent, such as the digit in the hand
 */
export function createCurves(address, { api, fail }) {
  const latest = createLatest();
  /** Accuracies by network; of `direction`. @type {Map<string, number[]>} */
  let found = new Map();
  let direction = address.get().direction;
  let is_started = false;
  /** How much is more urgent now. */
  let urgent = 0;
  /** The networks that are measured in this direction. @type {Set<string>} */
  const measured = new Set();
  /** @type {Map<string, {parameters: number, learned_shift_px: number | null}>} */
  const learned = new Map();

  const plot = createPlot(byId("curve-plot"), {
    title: "Share of 1,000 digits that is read right, by shift",
    x: { low: 0, high: MOST_PX, label: "shift, px", ticks: MOST_PX },
    y: { low: 0, high: 1, label: "", ticks: 5 },
  });
  plot.showMarks((scales) => {
    const { shift } = address.get();
    const along = direction === "left" ? -shift : shift;
    if (direction === "up" || direction === "down" || along < 0 || along > MOST_PX) return [];
    const at = scales.x.to(along);
    return [svg("path", { class: "curve-here", d: `M${at} ${scales.y.to(1)}V${scales.y.to(0)}` })];
  });
  const choice = createChosenOne({
    label: "moved",
    choices: /** @type {const} */ (["right", "left", "down", "up"]).map((value) => ({ value, text: value })),
    value: direction,
    onChange: (value) => address.change({ direction: value }, { step: true }),
  });
  byId("curve-tools").append(choice.node);

  const head = byId("curve-table").querySelector("thead tr");
  head?.append(
    ...SHIFTS.map((shift_px) =>
      element("th", { text: `${shift_px} px`, attributes: { scope: "col" } }),
    ),
  );
  const rows = new Map(
    NETWORKS.map(({ model, name, tone }) => {
      const to_learn = element("td", { class: "figure" });
      const cells = SHIFTS.map((shift_px) =>
        element("td", { class: "figure", text: "…", attributes: { "data-shift": shift_px } }),
      );
      const swatch = element("span", { class: "learn-plot-swatch" });
      const node = element(
        "tr",
        { class: `tone-${tone}`, attributes: { "data-model": model } },
        element("th", { attributes: { scope: "row" } }, swatch, name),
        to_learn,
        ...cells,
      );
      byId("curve-table").querySelector("tbody")?.append(node);
      return [model, { to_learn, cells }];
    }),
  );

  function show() {
    plot.showCurves(
      NETWORKS.map(({ model, name, tone }) => ({
        name,
        tone,
        points: (found.get(model) ?? []).map((accuracy, shift_px) => [shift_px, accuracy]),
      })),
    );
    for (const [model, { cells }] of rows) {
      const accuracies = found.get(model) ?? [];
      for (const [shift_px, cell] of cells.entries()) {
        const accuracy = accuracies[shift_px];
        cell.textContent = accuracy === undefined ? "…" : written(accuracy);
        if (accuracy === undefined) delete cell.dataset.value;
        else cell.dataset.value = String(accuracy);
      }
    }
  }

  function measure() {
    if (!is_started || urgent > 0) return;
    latest.run(
      async (signal) => {
        for (const { model, name } of NETWORKS.filter((each) => !measured.has(each.model))) {
          byId("curve-note").textContent = `Measuring ${name} …`;
          const { points, parameters, learned_shift_px } = await api.shiftAccuracies(
            model,
            { direction, most_px: MOST_PX },
            (_, total, { correct }) => {
              if (total === 0 || signal.aborted) return;
              found.set(model, correct.map((each) => each / DIGITS));
              show();
            },
            signal,
          );
          signal.throwIfAborted();
          found.set(model, points.map(({ accuracy }) => accuracy));
          measured.add(model);
          const cell = rows.get(model)?.to_learn;
          if (cell) cell.textContent = formatInteger(parameters);
          learned.set(model, { parameters, learned_shift_px });
          show();
        }
      },
      () => {
        byId("curve-note").textContent = "";
        tell();
      },
      (error) => {
        byId("curve-note").textContent = "Not all could be measured. Choose a direction to try again.";
        fail(error);
      },
    );
  }

  /** What the numbers say of learning. */
  function tell() {
    byId("curve-jitter").textContent = jitterWords();
    const [dense, shared, least] = ["mlp.mnist5k", "lenet5.mnist5k", "googlenet_32.mnist5k"].map((model) => ({
      errors: Math.round(DIGITS * (1 - (found.get(model)?.[0] ?? 0))),
      to_learn: learned.get(model)?.parameters ?? 0,
    }));
    byId("curve-errors").textContent =
      `And fewer numbers fit less by heart: where nothing is moved, LeNet-5 errs ${shared.errors} times in `
      + `${formatInteger(DIGITS)}, and the perceptron, with `
      + `${(dense.to_learn / shared.to_learn).toFixed(1)} times as many to learn, ${dense.errors} times. `
      + `But fewest is not best: GoogLeNet, with ${formatInteger(least.to_learn)}, errs ${least.errors} times.`;
  }

  /** By how much the digits were moved from which they learned: no network had it easier. */
  function jitterWords() {
    const of = (/** @type {string} */ model) => learned.get(model)?.learned_shift_px ?? null;
    const jitter = of("mlp.mnist5k");
    if (jitter === null) return "from digits that were moved a little";
    const convolutions = NETWORKS.slice(2).map(({ model }) => of(model));
    const is_same = convolutions.every((each) => each === jitter);
    const linear = of("softmax.mnist5k");
    const others = is_same ? ` (so were the convolutions’, and the linear one’s by ${linear ?? 0})` : "";
    return `from digits that were moved by up to ${jitter} px${others}`;
  }

  address.subscribe((now) => {
    if (now.direction !== direction) {
      direction = now.direction;
      choice.show(direction);
      found = new Map();
      measured.clear();
      measure();
    }
    show();
  });
  show();
  return {
    start() {
      is_started = true;
      measure();
    },

    waitFor(job) {
      urgent += 1;
      latest.cancel();
      job.finally(() => {
        urgent -= 1;
        measure();
      });
    },
  };
}
