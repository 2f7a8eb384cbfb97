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

const RING_PX = 4.5;

/** @param {number} accuracy @param {number} [digits]  As the course writes it: .987 */
const written = (accuracy, digits = 3) =>
  accuracy === 1 ? accuracy.toFixed(digits) : accuracy.toFixed(digits).slice(1);

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
  /** What does not depend on the direction. @type {Map<string, import("../../types.js").ShiftAccuracies>} */
  const learned = new Map();

  /** A little more than 1, so that what stands there is seen whole. */
  const yAxis = () =>
    address.get().accuracies === "high"
      ? { low: 0.9, high: 1.005, label: "share read right", ticks: 6 }
      : { low: 0, high: 1.04, label: "share read right", ticks: 6 };
  const plot = createPlot(byId("curve-plot"), {
    title: "Share of 1,000 digits that is read right, by shift",
    x: { low: -0.2, high: MOST_PX, label: "shift, px", ticks: MOST_PX + 1 },
    y: yAxis(),
    is_named_above: true,
  });
  plot.showMarks((scales) => {
    const { shift } = address.get();
    const along = direction === "left" ? -shift : shift;
    const at = scales.x.to(along);
    const is_here = (direction === "right" || direction === "left") && along >= 0 && along <= MOST_PX;
    const here = svg("path", { class: "curve-here", d: `M${at} ${scales.y.to(1)}V${scales.y.to(0)}` });
    const rings = NETWORKS.flatMap(({ model, tone }) => {
      const { training_accuracy = null } = learned.get(model) ?? {};
      if (training_accuracy === null) return [];
      const place = { cx: scales.x.to(0), cy: scales.y.to(training_accuracy), r: RING_PX };
      return [svg("circle", { class: `curve-training tone-${tone}`, ...place })];
    });
    return is_here ? [here, ...rings] : rings;
  });
  const choice = createChosenOne({
    label: "moved",
    choices: /** @type {const} */ (["right", "left", "down", "up"]).map((value) => ({ value, text: value })),
    value: direction,
    onChange: (value) => address.change({ direction: value }, { step: true }),
  });
  const zoom = createChosenOne({
    label: "share from",
    choices: /** @type {const} */ ([
      { value: "all", text: "0 to 1" },
      { value: "high", text: ".9 to 1" },
    ]),
    value: address.get().accuracies,
    onChange: (value) => address.change({ accuracies: value }, { step: true }),
  });
  byId("curve-tools").append(choice.node, zoom.node);

  const head = byId("curve-table").querySelector("thead tr:last-child");
  head?.append(
    ...SHIFTS.map((shift_px) =>
      element("th", { text: `${shift_px} px`, attributes: { scope: "col" } }),
    ),
  );
  const rows = new Map(
    NETWORKS.map(({ model, name, tone }) => {
      const to_learn = element("td", { class: "figure" });
      const training = element("td", { class: "figure", text: "…" });
      const cells = SHIFTS.map((shift_px) =>
        element("td", { class: "figure", text: "…", attributes: { "data-shift": shift_px } }),
      );
      const swatch = element("span", { class: "learn-plot-swatch" });
      const node = element(
        "tr",
        { class: `tone-${tone}`, attributes: { "data-model": model } },
        element("th", { attributes: { scope: "row" } }, swatch, name),
        to_learn,
        training,
        ...cells,
      );
      byId("curve-table").querySelector("tbody")?.append(node);
      return [model, { to_learn, training, cells }];
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
    for (const [model, { to_learn, training, cells }] of rows) {
      const known = learned.get(model);
      if (known) {
        to_learn.textContent = formatInteger(known.parameters);
        training.textContent = written(known.training_accuracy, 4);
        training.dataset.training = String(known.training_accuracy);
      }
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
          const answer = await api.shiftAccuracies(
            model,
            { direction, most_px: MOST_PX },
            (_, total, { correct }) => {
              if (total === 0 || signal.aborted) return;
              if (correct.length === SHIFTS.length) {
                byId("curve-note").textContent = `Measuring ${name} on the digits it learned from …`;
              }
              found.set(model, correct.map((each) => each / DIGITS));
              show();
            },
            signal,
          );
          signal.throwIfAborted();
          found.set(model, answer.points.map(({ accuracy }) => accuracy));
          measured.add(model);
          learned.set(model, answer);
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
    const [dense, shared, least] = ["mlp.mnist5k", "lenet5.mnist5k", "googlenet_32.mnist5k"].map(errorsOf);
    byId("curve-errors").textContent =
      `And what shared weights learn, they learn less by heart. Of the ${formatInteger(dense.training_digits)} digits they `
      + `learned from, the perceptron misreads ${dense.known} and LeNet-5 ${shared.known}: both know them. `
      + `Of ${formatInteger(DIGITS)} new ones, not moved, the perceptron, with `
      + `${(dense.to_learn / shared.to_learn).toFixed(1)} times as many numbers to learn, misreads `
      + `${dense.unseen}, LeNet-5 ${shared.unseen}: from known to new, one loses ${dense.lost} points in a `
      + `hundred, the other ${shared.lost}. But fewest is not best: GoogLeNet, with `
      + `${formatInteger(least.to_learn)}, misreads ${least.unseen}.`;
  }

  /** @param {string} model  Of digits that are not moved. */
  function errorsOf(model) {
    const { parameters = 0, training_digits = 0, training_correct = 0, training_accuracy = 0 } =
      learned.get(model) ?? {};
    const accuracy = found.get(model)?.[0] ?? 0;
    return {
      to_learn: parameters,
      training_digits,
      known: training_digits - training_correct,
      unseen: Math.round(DIGITS * (1 - accuracy)),
      lost: (100 * (training_accuracy - accuracy)).toFixed(2),
    };
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
    zoom.show(now.accuracies);
    plot.setAxes({ y: yAxis() });
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
