/** The value of a unit by where a patch stands, as far as it has been there. */

import { svg } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";

/**
 * @param {HTMLElement} parent
 * @param {number} width of the input, px
 */
export function createSlidePlot(parent, width) {
  const across = { low: 0, high: width, label: "left edge of the patch, px", ticks: 7 };
  const plot = createPlot(parent, {
    title: "Value of the unit, by where the patch stands",
    x: across,
    y: { low: -1, high: 1, label: "the unit’s value", ticks: 3 },
    aspect: 0.36,
    is_named_above: true,
  });
  /** @type {Map<number, number>} value by left edge */
  const values = new Map();
  let about = "";
  let base = 0;
  /** @type {{from: number | null, to: number}} where the patch is in the field */
  let seen = { from: null, to: 0 };

  plot.showMarks((scales) => {
    const { from, to } = seen;
    const dots = [...values].map(([left, value]) =>
      svg("circle", { class: "slide-dot", cx: scales.x.to(left), cy: scales.y.to(value), r: 4 }),
    );
    if (from === null) return dots;
    const [start, end] = [Math.max(0, from), Math.min(width, to)].map(scales.x.to);
    const area = svg("rect", { class: "slide-seen", x: start, y: 0, width: Math.max(0, end - start), height: scales.height });
    return [area, ...dots];
  });

  function draw() {
    const shown = [...values].sort(([one], [another]) => one - another);
    const all = [base, ...values.values()];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const room = Math.max(0.15 * (high - low), 0.05 * Math.abs(base), 1e-3);
    plot.setAxes({ y: { low: low - room, high: high + room, label: "the unit’s value", ticks: 3 } });
    plot.showCurves([
      { name: "without the patch", tone: "faint", dashed: true, points: [[0, base], [width, base]] },
      { name: "with the patch there", tone: "second", points: shown },
    ]);
    parent.dataset.places = String(values.size);
  }

  return {
    /** @param {string} what whatever changes this makes the values others @param {typeof seen} where */
    about(what, where) {
      seen = where;
      if (what === about) return;
      about = what;
      values.clear();
      draw();
    },

    /** @param {number} left @param {number | null} before @param {number | null} after */
    add(left, before, after) {
      if (before === null || after === null) return;
      base = before;
      values.set(left, after);
      draw();
    },
  };
}
