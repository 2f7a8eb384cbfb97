/** The plane with its points: regions, lines to drag, arrows to turn, and one point to move. */

import { plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";
import { REACH } from "./address.js";
import { onLine, regionsOf, zeroLine } from "./geometry.js";

export const NAMES = ["A", "B", "C"];
export const TONES = ["first", "second", "third"];
/** An arrow is so long for a w of 1. */
const ARROW = 0.3;
/** A shorter w has no direction to hold it by. */
const SHORTEST = 0.05;
const STEP = { x: 0.05, y: 0.05 };
const MARK_PX = 4.5;
const WRONG_PX = 8;
/** Half as wide as the name of an arrow. */
const NAME_PX = 24;
/** How near to the edge a handle may stand. */
const INSIDE = 0.93 * REACH;

/** @typedef {import("./geometry.js").Score} Score */
/** @typedef {import("./geometry.js").Place} Place */
/** @typedef {{x: number[], label: number, best: number | null}} Point best: null while unknown */

/** @param {Place} from @param {Place} to @returns {Place} `to`, or where the way there leaves the plane */
function within(from, to) {
  const shares = [0, 1].map((axis) => {
    const way = to[axis] - from[axis];
    const room = (Math.sign(way) * REACH - from[axis]) / way;
    return way === 0 ? 1 : Math.max(0, room);
  });
  const share = Math.min(1, ...shares);
  return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
}

/**
 * @param {HTMLElement} parent
 * @param {object} told
 * @param {(index: number, score: Score) => void} told.onLine
 * @param {(at: Place) => void} told.onPoint
 */
export function createPlane(parent, { onLine: tellLine, onPoint }) {
  const axis = { low: -REACH, high: REACH, ticks: 6 };
  const plot = createPlot(parent, {
    title: "Points of three classes, three lines, and the regions of the largest score",
    x: { ...axis, label: "x₁" },
    y: { ...axis, label: "x₂" },
    aspect: 1,
    highest_px: 900,
  });
  /** @type {Score[]} */
  let scores = [];
  /** Where each line is held. @type {(Place | null)[]} */
  const held = [null, null, null];
  const handles = NAMES.map((name, index) => ({
    line: plot.addPoint({
      label: `Line of ${name}: move it`,
      tone: TONES[index],
      step: STEP,
      onMove(x, y) {
        const { w } = scores[index];
        held[index] = [x, y];
        tellLine(index, { w, b: -(w[0] * x + w[1] * y) });
        // Of a w of 0 there is no line, but its arrow can be drawn from here.
        if (Math.hypot(...w) === 0) place(index);
      },
    }),
    arrow: plot.addPoint({
      label: `Arrow w of ${name}: turn it`,
      tone: TONES[index],
      step: STEP,
      onMove(x, y) {
        const from = holdOf(index);
        /** @type {Place} */
        const w = [(x - from[0]) / ARROW, (y - from[1]) / ARROW];
        if (Math.hypot(...w) < SHORTEST) return;
        tellLine(index, { w, b: -(w[0] * from[0] + w[1] * from[1]) });
      },
    }),
  }));
  for (const { line, arrow } of handles) {
    line.node.classList.add("is-line");
    arrow.node.classList.add("is-arrow");
  }
  const chosen = plot.addPoint({
    label: "The point p",
    tone: "ink",
    step: STEP,
    onMove: (x, y) => onPoint([x, y]),
  });

  /** @param {number} index @returns {Place} the point of its line where it is held, in the plane if it can be */
  function holdOf(index) {
    const score = scores[index];
    const near = onLine(score, held[index] ?? [0, 0]);
    const is_inside = near.every((each) => Math.abs(each) <= INSIDE);
    const best = is_inside ? near : onLine(score, [0, 0]);
    const [x, y] = best.map((each) => Math.max(-INSIDE, Math.min(INSIDE, each)));
    held[index] = [x, y];
    return [x, y];
  }

  /** @param {number} index @returns {{from: Place, tip: Place}} where its handles stand */
  function place(index) {
    const from = holdOf(index);
    const { w } = scores[index];
    const tip = within(from, [from[0] + ARROW * w[0], from[1] + ARROW * w[1]]);
    handles[index].line.show(...from);
    handles[index].arrow.show(...tip);
    return { from, tip };
  }

  return {
    /**
     * @param {readonly Score[]} shown
     * @param {readonly Point[]} points
     * @param {Place} at the chosen point
     */
    show(shown, points, at) {
      scores = [...shown];
      const tips = handles.map((_, index) => place(index));
      chosen.show(...at);
      plot.showCurves(
        scores.map((score, index) => ({
          name: `y = 0 of ${NAMES[index]}`,
          tone: TONES[index],
          points: zeroLine(score, REACH),
        })),
      );
      plot.showMarks((scales) => [
        ...regionsOf(scores, REACH).map((corners, index) =>
          svg("polygon", {
            class: `lines-region tone-${TONES[index]}`,
            "data-region": index,
            "data-corners": JSON.stringify(corners),
            points: corners.map(([x, y]) => `${scales.x.to(x)},${scales.y.to(y)}`).join(" "),
          }),
        ),
        svg("path", {
          class: "lines-cut",
          d: `M${scales.x.to(-REACH)} ${scales.y.to(at[1])}H${scales.x.to(REACH)}`,
        }),
        ...tips.map(({ from, tip }, index) =>
          svg("path", {
            class: `lines-arrow tone-${TONES[index]}`,
            d: `M${scales.x.to(from[0])} ${scales.y.to(from[1])}L${scales.x.to(tip[0])} ${scales.y.to(tip[1])}`,
          }),
        ),
        ...points.flatMap((point) => pointMarks(scales, point)),
        ...tips.map(({ tip }, index) =>
          plotLabel(
            `w of ${NAMES[index]}`,
            Math.max(scales.x.to(-REACH) + NAME_PX, Math.min(scales.x.to(REACH) - NAME_PX, scales.x.to(tip[0]))),
            scales.y.to(tip[1]) + (tip[1] > INSIDE ? 24 : -12),
            "middle",
            `plot-label lines-name tone-${TONES[index]}`,
          ),
        ),
        plotLabel("p", scales.x.to(at[0]) + 12, scales.y.to(at[1]) - 10, "start", "plot-label lines-name"),
      ]);
    },
  };
}

/** The shape says the class, too: disc, square, triangle. @type {((x: number, y: number) => string)[]} */
const SHAPES = [
  (x, y) => `M${x - MARK_PX} ${y}a${MARK_PX} ${MARK_PX} 0 1 0 ${2 * MARK_PX} 0a${MARK_PX} ${MARK_PX} 0 1 0 ${-2 * MARK_PX} 0Z`,
  (x, y) => `M${x - MARK_PX} ${y - MARK_PX}h${2 * MARK_PX}v${2 * MARK_PX}h${-2 * MARK_PX}Z`,
  (x, y) => `M${x} ${y - 1.2 * MARK_PX}l${1.2 * MARK_PX} ${2.1 * MARK_PX}h${-2.4 * MARK_PX}Z`,
];

/**
 * @param {import("../parts/plot.js").Scales} scales
 * @param {Point} point
 */
function pointMarks(scales, { x: [across, up], label, best }) {
  const [x, y] = [scales.x.to(across), scales.y.to(up)];
  const mark = svg("path", { class: `lines-mark tone-${TONES[label]}`, d: SHAPES[label](x, y) });
  if (best === null || best === label) return [mark];
  return [mark, svg("circle", { class: "lines-wrong", cx: x, cy: y, r: WRONG_PX })];
}
