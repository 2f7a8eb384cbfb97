/** How far A and B are apart for any p, and whether the straight way is the shortest. */

import { button, byId, element, setText, svg } from "../../shared/element.js";
import { createNumberField } from "../../shared/number_field.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { createFormula } from "../parts/formula.js";
import { createPlot } from "../parts/plot.js";
import { LEAST_P, MOST_P, address, watch } from "./address.js";
import { createBoard, tell } from "./board.js";
import { paintMap } from "./paint.js";

/** @typedef {import("./lesson.js").Patches} Patches */

const FIGURES = /** @type {const} */ ({
  norm: "A − B",
  one: "L¹: the sum",
  two: "L², Frobenius",
  largest: "L∞: the largest",
});
const BARS = /** @type {const} */ (["first", "second", "straight"]);
const BAR_NAMES = { first: "A to B", second: "B to C", straight: "A to C, straight" };
/** What rounding leaves of a detour, by the length of the way. */
const ROUNDING = 1e-12;

/** @param {{onSeek: () => void}} options onSeek: look for the B that makes the way shortest */
export function createFar({ onSeek }) {
  const board = createBoard(byId("far-board"), ["a", "b", "c"]);
  const shares = /** @type {HTMLCanvasElement} */ (byId("far-shares"));
  const triangle = createFormula("tensors.triangle");
  const scaled = createFormula("tensors.scaled");
  const p_field = createNumberField({
    ...{ label: "p", low: LEAST_P, high: MOST_P, step: 0.1, logarithmic: true },
    value: Math.min(MOST_P, address.get().p),
    onChange: (value) => address.change({ p: value }),
  });
  const exponents = [0.5, 1, 2, Infinity].map((p) => {
    const text = p === Infinity ? "∞" : String(p);
    return {
      p,
      node: button(`p = ${text}`, () => address.change({ p }), { class: "button button-small" }),
    };
  });
  byId("far-tools").append(p_field.node, ...exponents.map(({ node }) => node));
  const factor = createNumberField({
    ...{ label: "α", low: -3, high: 3, step: 0.1 },
    value: address.get().factor,
    onChange: (value) => address.change({ factor: value }),
  });
  byId("far-factor").append(factor.node);
  byId("far-take").append(
    button("Find a B that makes it shorter", onSeek, { class: "button button-small" }),
  );
  const figures = Object.fromEntries(
    Object.entries(FIGURES).map(([name, title]) => {
      const number = element("dd", { attributes: { "data-figure": name } });
      const term = element("dt", { text: title, attributes: { "data-term": name } });
      byId("far-figures").append(element("div", { class: "readout" }, term, number));
      return [name, number];
    }),
  );
  const norm_term = /** @type {HTMLElement} */ (document.querySelector("[data-term=norm]"));
  const bars = Object.fromEntries(
    BARS.map((name) => {
      const number = element("span", { class: "figure", attributes: { "data-side": name } });
      const bar = element("span", { class: `far-bar is-${name}` });
      return [name, { number, bar, label: element("span", { class: "far-name" }, `${BAR_NAMES[name]} `, number) }];
    }),
  );
  byId("far-bars").append(
    element("div", { class: "far-track", attributes: { "aria-hidden": "true" } }, bars.first.bar, bars.second.bar),
    element("div", { class: "far-names" }, bars.first.label, bars.second.label),
    element("div", { class: "far-track", attributes: { "aria-hidden": "true" } }, bars.straight.bar),
    element("div", { class: "far-names" }, bars.straight.label),
  );
  const plot = createPlot(byId("far-plot"), {
    title: "Lp norm of A − B, by p",
    x: { low: LEAST_P, high: MOST_P, is_log: true, label: "p" },
    y: { low: 0.1, high: 10, is_log: true, label: "Lᵖ of A − B" },
    aspect: 0.5,
    highest_px: 220,
  });

  watch(["p", "factor"], (now) => {
    p_field.show(Math.min(MOST_P, now.p));
    factor.show(now.factor);
    for (const { p, node } of exponents) node.setAttribute("aria-pressed", String(p === now.p));
  });

  return {
    /** @param {Float32Array} picture 3 x 64 x 64 in [0, 1] */
    show: board.show,

    /** @param {Patches} patches @param {{p: number, factor: number}} question */
    showFar({ difference, way, scaled: both }, { p, factor: by }) {
      paintMap(shares, difference.shares, "viridis", 0, Math.max(...difference.shares.flat()));
      for (const name of Object.keys(FIGURES)) {
        const value = difference[/** @type {keyof typeof FIGURES} */ (name)];
        tell(figures[name], value, readable(value));
      }
      setText(norm_term, `A − B, p = ${p === Infinity ? "∞" : readable(p)}`);
      drawCurve(difference, p);
      const detour = Math.abs(way.detour) <= ROUNDING * way.straight ? 0 : way.detour;
      const longest = Math.max(way.first + way.second, way.straight) || 1;
      for (const name of BARS) {
        tell(bars[name].number, way[name], readable(way[name]));
        bars[name].bar.style.width = `${(100 * way[name]) / longest}%`;
      }
      const verdict = byId("far-verdict");
      verdict.classList.toggle("is-broken", detour < 0);
      verdict.dataset.detour = String(detour);
      setText(verdict, verdictOf(detour, p));
      triangle.fill({ ...sidesOf(way), detour });
      scaled.fill({ factor: by, ...both });
    },
  };

  /** @param {Patches["difference"]} difference @param {number} p */
  function drawCurve({ curve, norm, largest }, p) {
    const values = curve.map(([, value]) => value);
    const low = 10 ** Math.floor(Math.log10(Math.max(1e-3, largest)));
    const high = 10 ** Math.ceil(Math.log10(Math.max(1e-2, ...values)));
    plot.setAxes({ y: { low, high: Math.max(high, 10 * low), is_log: true, label: "Lᵖ of A − B" } });
    plot.showCurves([
      { name: "", tone: "first", points: largest > 0 ? curve : [] },
      {
        name: "L∞, which it falls to",
        tone: "faint",
        dashed: true,
        points: largest > 0 ? [[LEAST_P, largest], [MOST_P, largest]] : [],
      },
    ]);
    plot.showMarks(({ x, y }) =>
      norm > 0
        ? [svg("circle", { class: "far-point", r: 6, cx: x.to(Math.min(MOST_P, p)), cy: y.to(norm) })]
        : [],
    );
  }
}

/** @param {Patches["way"]} way */
const sidesOf = ({ first, second, straight }) => ({ first, second, straight });

/** @param {number} detour @param {number} p */
function verdictOf(detour, p) {
  if (detour < 0) return "Broken: by way of B it is shorter than straight. This is no norm.";
  if (p < 1) return "It holds here. But with p below 1 it need not.";
  if (detour === 0) return "It holds, just: B costs no detour.";
  return "It holds: by way of B it is longer.";
}
