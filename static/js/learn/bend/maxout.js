/** A maxout unit of three lines: the upper edge of them, dragged by their ends. */

import { readable } from "../../lenses/arithmetic/values.js";
import { button, byId, setText, svg } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { createPlot } from "../parts/plot.js";
import { onChange } from "./address.js";
import { THREE_PIECES, X_STEP, onCurves } from "./settings.js";

const REACH = 4;
/** Where the two handles of each line lie; apart, so that lines on each other can be told apart. */
const ENDS = [
  [-3.4, 3.4],
  [-3, 3],
  [-2.6, 2.6],
];
const TONES = ["third", "fourth", "fifth"];

/** @type {{text: string, lines: number[]}[]} slope and height at 0 of each line */
const SHAPES = [
  { text: "ReLU", lines: [0, 0, 1, 0, 0, 0] },
  { text: "leaky ReLU", lines: [0.1, 0, 1, 0, 0.1, 0] },
  { text: "|x|", lines: [-1, 0, 1, 0, 0, 0] },
  { text: "three pieces", lines: THREE_PIECES },
];

/** @param {number[]} lines @param {number} x @returns {number[]} the height of each line there */
export const heights = (lines, x) => [0, 1, 2].map((line) => lines[2 * line] * x + lines[2 * line + 1]);

/** @param {{address: import("./address.js").BendAddress}} parts */
export function createMaxout({ address }) {
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
  byId("maxout-tools").append(
    place.node,
    ...SHAPES.map(({ text, lines }) =>
      button(text, () => address.change({ lines }, { step: true }), { class: "button button-small" }),
    ),
  );
  const plot = createPlot(byId("maxout-plot"), {
    title: "Three lines and their upper edge",
    x: { low: -REACH, high: REACH, label: "x" },
    y: { low: -REACH, high: REACH, label: "" },
    aspect: 0.5,
  });
  const handles = ENDS.flatMap((ends, line) =>
    ends.map((_, end) => ({
      line,
      end,
      point: plot.addPoint({
        label: `Line ${line + 1}, its ${end === 0 ? "left" : "right"} end`,
        moves: "y",
        tone: TONES[line],
        step: { y: 0.1 },
        onMove: (...to) => drag(line, end, to[1]),
      }),
    })),
  );
  const at_point = plot.addPoint({
    label: "x of maxout",
    moves: "x",
    step: { x: X_STEP },
    onMove: (x) => address.change({ at: x }),
  });
  const formulas = [1, 2, 3].map((line) => createFormula(`bend.line-${line}`));
  const formula = createFormula("bend.maxout");
  const said = byId("maxout-said");

  /** The other end stays. @param {number} line @param {number} end @param {number} y */
  function drag(line, end, y) {
    const { lines } = address.get();
    const [moved, kept] = [ENDS[line][end], ENDS[line][1 - end]];
    const other = heights(lines, kept)[line];
    const slope = rounded((y - other) / (moved - kept));
    const height = rounded(other - slope * kept);
    address.change({ lines: lines.with(2 * line, slope).with(2 * line + 1, height) });
  }

  function show() {
    const { lines, at } = address.get();
    place.show(at);
    for (const { line, end, point } of handles) {
      const x = ENDS[line][end];
      // A line of the address may be steeper than can be drawn.
      point.show(x, Math.min(REACH, Math.max(-REACH, heights(lines, x)[line])));
    }
    /** @param {number} x */
    const edge = (x) => Math.max(...heights(lines, x));
    at_point.show(at, Math.min(REACH, Math.max(-REACH, edge(at))));
    plot.showCurves([
      ...TONES.map((tone, line) => ({
        name: `line ${line + 1}`,
        tone,
        dashed: true,
        points: [-REACH, REACH].map((x) => [x, heights(lines, x)[line]]),
      })),
      { name: "maxout", tone: "first", points: corners(lines).map((x) => [x, edge(x)]) },
    ]);
    plot.showMarks(({ x, y }) => [
      svg("path", { class: "bend-guide", d: `M${x.to(at)} ${y.to(0)}V${y.to(edge(at))}` }),
    ]);
    const values = heights(lines, at);
    const winner = values.indexOf(Math.max(...values));
    formulas.forEach((each, line) =>
      each.fill({ w: lines[2 * line], b: lines[2 * line + 1], x: at, height: values[line] }),
    );
    const [first, second, third] = values;
    formula.fill({ first, second, third, y: values[winner] });
    said.dataset.value = String(values[winner]);
    said.dataset.slope = String(lines[2 * winner]);
    setText(
      said,
      `Line ${winner + 1} is the highest at ${readable(at)}: the unit says ${readable(values[winner])}, and its slope is that line's, ${readable(lines[2 * winner])}. Only that line learns from this x.`,
    );
  }
  onChange(address, ["lines", "at"], show);
  show();
}

/** Six digits, as in the address. @param {number} value */
const rounded = (value) => Number(value.toPrecision(6));

/** @param {number[]} lines @returns {number[]} the ends, and where two lines cross */
function corners(lines) {
  const crossings = [[0, 1], [0, 2], [1, 2]].map(
    ([one, other]) =>
      (lines[2 * other + 1] - lines[2 * one + 1]) / (lines[2 * one] - lines[2 * other]),
  );
  return [-REACH, ...crossings.filter((x) => Math.abs(x) < REACH), REACH].sort((p, q) => p - q);
}
