/** The plane before, between and behind two matrices, and the one matrix that does it at once. */

import { element } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";
import { GRID, LETTER, applied, folded, product } from "./geometry.js";
import { PLANE_REACH, arrowTo, namesAt, pointAt } from "./plane_marks.js";

const COLUMN_TONES = ["third", "fourth"];
const STEP = { x: 0.1, y: 0.1 };

/** @typedef {import("./geometry.js").Matrix} Matrix */
/** @typedef {{a: Matrix, b: Matrix, x: number[], fold: boolean}} Stack */

/**
 * @param {HTMLElement} parent
 * @param {(changes: {a?: Matrix, x?: number[]}) => void} onDrag
 */
export function createPlanes(parent, onDrag) {
  const row = element("div", { class: "bend-planes" });
  parent.append(row);
  const [before, between, behind] = ["the plane, and x", "A moves it", "B moves that"].map((title) => {
    const panel = element("div", {}, element("h3", { text: title }));
    row.append(panel);
    const axis = { low: -PLANE_REACH, high: PLANE_REACH, label: "", ticks: 4 };
    return {
      heading: /** @type {HTMLElement} */ (panel.firstChild),
      plot: createPlot(panel, { title, x: axis, y: axis, aspect: 1 }),
    };
  });

  /** @type {Stack} */
  let shown = { a: [1, 0, 0, 1], b: [1, 0, 0, 1], x: [0, 0], fold: false };
  const x = before.plot.addPoint({
    label: "x",
    tone: "second",
    step: STEP,
    onMove: (...to) => onDrag({ x: to }),
  });
  const columns = [0, 1].map((column) =>
    between.plot.addPoint({
      label: `Where A sends the unit arrow ${column + 1}: its column ${column + 1}`,
      tone: COLUMN_TONES[column],
      step: STEP,
      onMove(to_x, to_y) {
        onDrag({ a: shown.a.with(column, to_x).with(2 + column, to_y) });
      },
    }),
  );

  return {
    /** @param {Stack} stack */
    show(stack) {
      shown = stack;
      const { a, b, fold } = stack;
      const c = product(b, a);
      /** @param {readonly number[]} point */
      const first = (point) => (fold ? folded(applied(a, point)) : applied(a, point));
      /** @param {readonly number[]} point */
      const both = (point) => applied(b, first(point));
      x.show(stack.x[0], stack.x[1]);
      columns.forEach((point, column) => point.show(a[column], a[2 + column]));
      between.heading.textContent = fold ? "A moves it, ReLU presses it flat" : "A moves it";

      before.plot.showCurves(drawn((point) => [...point]));
      between.plot.showCurves(drawn(first));
      behind.plot.showCurves([
        ...drawn(both),
        {
          name: "C = BA at once",
          tone: "second",
          dashed: true,
          points: LETTER.map((point) => applied(c, point)),
        },
      ]);
      const ends = [0, 1].map((column) => [a[column], a[2 + column]]);
      const at_once = applied(c, stack.x);
      before.plot.showMarks((scales) => namesAt(scales, [["x", stack.x]]));
      between.plot.showMarks((scales) => [
        ...ends.map((end, column) => arrowTo(scales, end, COLUMN_TONES[column])),
        pointAt(scales, first(stack.x)),
        ...namesAt(scales, [
          ["Ae₁", ends[0]],
          ["Ae₂", ends[1]],
          [fold ? "ReLU(Ax)" : "Ax", first(stack.x)],
        ]),
      ]);
      behind.plot.showMarks((scales) => [
        pointAt(scales, at_once, "ring"),
        pointAt(scales, both(stack.x)),
        ...namesAt(
          scales,
          fold ? [["B ReLU(Ax)", both(stack.x)], ["Cx", at_once]] : [["BAx = Cx", at_once]],
        ),
      ]);
    },
  };
}

/**
 * @param {(point: readonly number[]) => number[]} moved
 * @returns {import("../parts/plot.js").Curve[]}
 */
const drawn = (moved) => [
  ...GRID.map((line) => ({ name: "", tone: "grid", points: line.map(moved) })),
  { name: "", tone: "first", points: LETTER.map(moved) },
];
