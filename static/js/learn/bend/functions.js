/** The activation functions with their slopes, and a point that goes along all of them. */

import { postJson } from "../../api/request.js";
import { exactText, readable } from "../../lenses/arithmetic/values.js";
import { byId, element, svg } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { createPlot } from "../parts/plot.js";
import { onChange } from "./address.js";
import { X_STEP, onCurves } from "./settings.js";

const REACH = 4;
/** As steep as it is: a step along x is as long as one along y. */
const HEIGHT = { low: -1.25, high: REACH };
const ASPECT = (HEIGHT.high - HEIGHT.low) / (2 * REACH);
const PLACES = Array.from({ length: (2 * REACH) / X_STEP + 1 }, (_, index) =>
  onCurves(index * X_STEP - REACH),
);
const REST = Math.round(REACH / X_STEP);

/** @typedef {import("../../types.js").Curve} Curve */

const OF_X = ["x", "y"];
const OF_VALUE = ["y", "slope"];

/** @type {Record<string, {title: string, formulas: Record<string, string[]>}>} formulas: their slots */
const SHOWN = {
  identity: { title: "None", formulas: { "bend.identity": OF_X } },
  sigmoid: { title: "Sigmoid", formulas: { "bend.sigmoid": OF_X, "bend.sigmoid-slope": OF_VALUE } },
  tanh: { title: "tanh", formulas: { "bend.tanh": OF_X, "bend.tanh-slope": OF_VALUE } },
  relu: { title: "ReLU", formulas: { "bend.relu": OF_X } },
  leaky_relu: { title: "Leaky ReLU", formulas: { "bend.leaky": OF_X } },
  elu: {
    title: "ELU",
    formulas: {
      "bend.elu-above": ["x", "above"],
      "bend.elu-below": ["x", "below"],
      "bend.elu": ["above", "below", "y"],
    },
  },
};

/** @param {{address: import("./address.js").BendAddress}} parts */
export async function createFunctions({ address }) {
  const { curves } = /** @type {{curves: Curve[]}} */ (
    await postJson("/learn/activations", { x: PLACES })
  );
  const place = createNumberField({
    label: "x",
    low: -REACH,
    high: REACH,
    step: X_STEP,
    value: address.get().at,
    onChange(x) {
      address.change({ at: onCurves(x) });
      place.show(address.get().at);
    },
  });
  byId("functions-x").append(place.node);
  const shows = curves.filter(({ name }) => name in SHOWN).map((curve) => createFunction(curve, address));

  function show() {
    const { at } = address.get();
    place.show(at);
    const index = Math.round(at / X_STEP) + REST;
    for (const showOne of shows) showOne(index);
  }
  onChange(address, ["at"], show);
  show();
}

/**
 * @param {Curve} curve
 * @param {import("./address.js").BendAddress} address
 * @returns {(index: number) => void} of the place that is looked at
 */
function createFunction({ name, values, slopes }, address) {
  const { title, formulas: slots_by_name } = SHOWN[name];
  const parent = byId(`function-${name}`);
  const plot = createPlot(/** @type {HTMLElement} */ (parent.querySelector(".bend-function-plot")), {
    title: `${title} and its slope`,
    x: { low: -REACH, high: REACH, label: "x", ticks: 4 },
    y: { ...HEIGHT, label: "", ticks: 6 },
    aspect: ASPECT,
  });
  const [value, slope] = ["value", "slope"].map((label) => {
    const node = element("dd");
    return { node, row: element("div", { class: "readout" }, element("dt", { text: label }), node) };
  });
  parent.append(element("dl", { class: "readouts" }, value.row, slope.row));
  plot.showCurves([
    { name: "f(x)", tone: "first", points: PLACES.map((x, index) => [x, values[index]]) },
    // Where a slope jumps, it is no line.
    { name: "slope", tone: "second", dashed: true, points: withoutJumps(slopes) },
  ]);
  const point = plot.addPoint({
    label: `x of ${title}`,
    moves: "x",
    tone: "first",
    step: { x: X_STEP },
    onMove: (x) => address.change({ at: x }),
  });
  const formulas = Object.entries(slots_by_name).map(([each, slots]) => ({
    slots,
    formula: createFormula(each),
  }));

  return (index) => {
    const x = PLACES[index];
    const [y, steep] = [values[index], slopes[index]];
    // The deepest of the line without a bend lies under what is drawn.
    point.show(x, Math.max(HEIGHT.low, y));
    plot.showMarks(({ x: across, y: down }) => [
      svg("path", {
        class: "bend-tangent",
        d: `M${across.to(x - 1)} ${down.to(y - steep)}L${across.to(x + 1)} ${down.to(y + steep)}`,
      }),
      svg("circle", { class: "bend-dot tone-second", cx: across.to(x), cy: down.to(steep), r: 4 }),
    ]);
    for (const [{ node }, number] of /** @type {[typeof value, number][]} */ ([
      [value, y],
      [slope, steep],
    ])) {
      node.textContent = readable(number);
      node.title = exactText(number);
      node.dataset.value = String(number);
    }
    /** @type {Record<string, number>} */
    const numbers = { x, y, slope: steep, above: Math.max(0, y), below: Math.min(0, y) };
    for (const { formula, slots } of formulas) {
      formula.fill(Object.fromEntries(slots.map((slot) => [slot, numbers[slot]])));
    }
  };
}

/** @param {number[]} slopes @returns {(number | null)[][]} */
const withoutJumps = (slopes) =>
  slopes.flatMap((slope, index) => {
    const before = slopes[index - 1] ?? slope;
    const jumps = Math.abs(slope - before) > 0.5;
    return jumps ? [[PLACES[index], null], [PLACES[index], slope]] : [[PLACES[index], slope]];
  });
