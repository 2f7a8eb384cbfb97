/** One quadratic, one searcher: how large a step may be, known in closed form. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText, svg } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { createPlot } from "../parts/plot.js";
import { createStepper } from "../../shared/stepper.js";
import { createSurface } from "../parts/surface.js";
import { createNewest } from "../parts/newest.js";
import { createSurfaceAsking } from "./asking.js";
import { closedForm, factorOf, largestRate } from "./closed_form.js";
import { LOWEST, REACH } from "./searchers.js";
import { watch } from "./watch.js";

/** @typedef {import("./searchers.js").History} History */
/** @typedef {import("./searchers.js").Place} Place */

const STEPS = 30;
/** @type {Place} */
const START = [-2.4, 2];
/** Slow is who has more than this share of the distance left at the end. */
const SLOW = 0.1;
const ROWS = 7;
const AXES = /** @type {const} */ ([0, 1]);
const NAMES = ["w₁", "w₂"];

/** @param {import("./main.js").Shown} shown */
const bodyOf = ({ lambda1, lambda2, alpha, m }) => ({
  field: {
    kind: "surface",
    curvatures: [lambda1, lambda2],
    lowest: LOWEST,
    start: START,
    passes: STEPS,
  },
  searchers: ["full_gradient"],
  rate: alpha,
  momentum: m,
});

/**
 * @param {import("./main.js").Address} address
 * @param {(error: unknown) => void} fail
 */
export function createRateLesson(address, fail) {
  /** @type {History | null} */
  let history = null;
  /** The question that was asked last. */
  let asked = "";

  const map = createSurface(byId("rate-map"), { label: "the full gradient's steps", reach: REACH });
  const plot = createPlot(byId("rate-plot"), {
    title: "Distance from the lowest point by step, as computed and as the closed form has it",
    x: { low: 0, high: STEPS, label: "step k" },
    y: { low: 1e-4, high: 1e4, label: "distance", is_log: true },
    aspect: 0.62,
    highest_px: 320,
  });
  const left = createFormula("descent.left");
  const limit = createFormula("descent.limit");
  const fields = createFields(address);
  const rows = createRows();
  const stepper = createStepper(byId("rate-stepper"), {
    label: "Steps of the full gradient",
    last: STEPS,
    at: address.get().k,
    per_second: 4,
    describe: (k) => `step k = ${k} of ${STEPS}`,
    onShow: () => showStep(),
    onRest: (k) => address.change({ k }),
  });

  const ask = createSurfaceAsking();
  const newest = createNewest(
    (/** @type {ReturnType<typeof bodyOf>} */ body) => ask(body),
    (answer, body) => {
      history = answer.searchers.full_gradient;
      if (answer.heights) map.showHeights(answer.heights, LOWEST);
      byId("rate-map").dataset.answered = JSON.stringify(body);
      showStep();
    },
    fail,
  );

  function showStep() {
    if (!history) return;
    const { lambda1, lambda2, alpha, m } = address.get();
    const lambdas = [lambda1, lambda2];
    const steepest = lambda2 >= lambda1 ? 1 : 0;
    const { places } = history;
    const k = Math.min(stepper.get(), places.length - 1);
    const distances = AXES.map((axis) => places.map((place) => place[axis] - LOWEST[axis]));
    map.showPaths([
      { name: "full_gradient", tone: "first", places: places.slice(0, k + 1), is_chosen: true },
    ]);
    plot.showCurves([
      ...AXES.map((axis) => ({
        name: `along ${NAMES[axis]}`,
        tone: axis === steepest ? "second" : "first",
        points: distances[axis].map((distance, step) => [step, Math.abs(distance)]),
      })),
      {
        name: m > 0 ? "factor per step, in the long run" : "closed form",
        tone: "faint",
        dashed: true,
        points: AXES.flatMap((axis) => [
          ...places.map((_, step) => [
            step,
            Math.abs(distances[axis][0]) * factorOf(alpha, lambdas[axis], m) ** step,
          ]),
          [null, null],
        ]),
      },
    ]);
    // It begins below the name of the axis.
    plot.showMarks(({ x, height }) => [
      svg("path", { class: "rate-now", d: `M${x.to(k).toFixed(1)} 30V${height - 36}` }),
    ]);
    const expected = (/** @type {number} */ step) =>
      closedForm(alpha, lambdas[steepest], step, distances[steepest][0]);
    const formula = { alpha, lambda: lambdas[steepest], k, d: distances[steepest][0] };
    left.fill({ ...formula, left: expected(k) });
    // With momentum there is no such short one.
    byId("rate-left").hidden = m > 0;
    rows.show(k, distances[steepest], NAMES[steepest], m > 0 ? null : expected);
  }

  /** @param {import("./main.js").Shown} shown */
  function show(shown) {
    fields.show(shown);
    if (shown.k !== stepper.get() && !stepper.isPlaying()) stepper.go(shown.k);
    const largest = Math.max(shown.lambda1, shown.lambda2);
    const most = largestRate(largest, shown.m);
    limit.fill({ m: shown.m, lambda: largest, limit: most });
    byId("rate-factors").replaceChildren(
      ...[shown.lambda1, shown.lambda2].map((lambda, axis) =>
        factorRow(NAMES[axis], lambda, shown),
      ),
    );
    const verdict = byId("rate-verdict");
    verdict.dataset.diverges = String(shown.alpha > most);
    const slowest = Math.max(
      ...[shown.lambda1, shown.lambda2].map((lambda) => factorOf(shown.alpha, lambda, shown.m)),
    );
    setText(verdict, verdictOf(shown.alpha, most, slowest));
    const body = bodyOf(shown);
    if (JSON.stringify(body) !== asked) newest.want(body);
    asked = JSON.stringify(body);
    showStep();
  }
  watch(address, ["lambda1", "lambda2", "alpha", "m", "k"], show);
}

/**
 * @param {number} rate
 * @param {number} most the largest that arrives
 * @param {number} slowest how much a step leaves of the distance, at the most
 */
function verdictOf(rate, most, slowest) {
  if (rate > most) return `${readable(rate)} is more than ${readable(most)}: it flies off.`;
  if (rate === most) return "Exactly at the limit: for ever from one side to the other.";
  const pace = slowest ** STEPS > SLOW ? ", slowly" : "";
  return `${readable(rate)} is less than ${readable(most)}: it arrives${pace}.`;
}

/**
 * With momentum the distance swings, and in the long run only its size has a factor.
 *
 * @param {string} name
 * @param {number} lambda
 * @param {import("./main.js").Shown} shown
 */
function factorRow(name, lambda, { alpha, m }) {
  const factor = m > 0 ? factorOf(alpha, lambda, m) : closedForm(alpha, lambda, 1, 1);
  const text = m > 0 ? `factor a step in the long run, ${name}` : `factor a step, ${name}`;
  const value = element("dd", { text: readable(factor), attributes: { "data-factor": factor } });
  return element("div", { class: "readout" }, element("dt", { text }), value);
}

/** @param {import("./main.js").Address} address */
function createFields(address) {
  const curvature = { low: 0.1, high: 10, step: 0.1, logarithmic: true };
  const fields = {
    alpha: createNumberField({
      label: "Rate α",
      low: 0.01,
      high: 4,
      step: 0.01,
      logarithmic: true,
      value: address.get().alpha,
      onChange: (alpha) => address.change({ alpha }),
    }),
    m: createNumberField({
      label: "Momentum m",
      low: 0,
      high: 0.95,
      step: 0.05,
      value: address.get().m,
      onChange: (m) => address.change({ m }),
    }),
    lambda1: createNumberField({
      label: "Curvature λ₁",
      value: address.get().lambda1,
      onChange: (lambda1) => address.change({ lambda1 }),
      ...curvature,
    }),
    lambda2: createNumberField({
      label: "Curvature λ₂",
      value: address.get().lambda2,
      onChange: (lambda2) => address.change({ lambda2 }),
      ...curvature,
    }),
  };
  byId("rate-controls").append(...Object.values(fields).map(({ node }) => node));
  return {
    /** @param {import("./main.js").Shown} shown */
    show({ alpha, m, lambda1, lambda2 }) {
      fields.alpha.show(alpha);
      fields.m.show(m);
      fields.lambda1.show(lambda1);
      fields.lambda2.show(lambda2);
    },
  };
}

/** A few steps, each as the server computed it and as the closed form has it. */
function createRows() {
  const body = element("tbody", {});
  const heading = element("th", { text: "left", attributes: { scope: "col" } });
  const in_closed_form = element("th", { text: "closed form", attributes: { scope: "col" } });
  byId("rate-rows").append(
    element(
      "table",
      { class: "rate-table" },
      element("caption", { class: "visually-hidden", text: "Steps, computed and in closed form" }),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { text: "k", attributes: { scope: "col" } }),
          heading,
          in_closed_form,
        ),
      ),
      body,
    ),
  );
  return {
    /**
     * @param {number} k the step that is looked at
     * @param {number[]} distances
     * @param {string} name of the weight
     * @param {((step: number) => number) | null} expected
     */
    show(k, distances, name, expected) {
      setText(heading, `left of ${name}`);
      in_closed_form.hidden = expected === null;
      const first = Math.max(0, Math.min(k - ROWS + 1, distances.length - ROWS));
      body.replaceChildren(
        ...distances.slice(first, first + ROWS).map((distance, place) => {
          const step = first + place;
          const known = expected ? expected(step) : null;
          return element(
            "tr",
            {
              class: step === k ? "is-now" : "",
              attributes: {
                "data-k": step,
                "data-left": distance,
                ...(known === null ? {} : { "data-closed-form": known }),
              },
            },
            element("td", { class: "figure", text: String(step) }),
            element("td", { class: "figure", text: readable(distance) }),
            known === null ? null : element("td", { class: "figure", text: readable(known) }),
          );
        }),
      );
    },
  };
}
