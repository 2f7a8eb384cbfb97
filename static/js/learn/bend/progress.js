/** Loss and accuracy by step; a loss that is too large for the axis is marked at its end. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element, setText, svg } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";
import { ROUND_STEPS } from "./settings.js";

/** The axis shows no larger losses, or nobody would see the others. */
const HIGHEST_LOSS = 4;
/** So that a line along the top is seen whole. */
const ROOM = 1.04;
const MARK_PX = 7;
/** So near to each other marks are one. */
const APART_PX = 8;

/** @param {HTMLElement} parent @param {import("./run.js").Run} run */
export function createProgress(parent, run) {
  /** @param {number} high */
  const heightTo = (high) => ({ low: 0, high: ROOM * high, label: "", ticks: 4 });
  /** @param {number} high */
  const stepsTo = (high) => ({ low: 0, high, label: "step" });
  const plot = createPlot(parent, {
    title: "Loss and accuracy by step",
    x: stepsTo(ROUND_STEPS),
    y: heightTo(1),
    aspect: 0.45,
    highest_px: 200,
  });
  const said = element("p", { class: "bend-classes", attributes: { hidden: "" } });
  parent.append(said);
  let shown = { longest: ROUND_STEPS, highest: 1 };

  run.subscribe(() => {
    const { history, goal } = run.get();
    const last = history.at(-1)?.[0] ?? 0;
    const longest = Math.max(ROUND_STEPS, last > 0 ? goal : 0, last);
    const losses = history.flatMap(([, loss]) => (loss === null ? [] : [loss]));
    const highest = Math.min(HIGHEST_LOSS, Math.max(1, ...losses));
    if (longest !== shown.longest || highest !== shown.highest) {
      shown = { longest, highest };
      plot.setAxes({ x: stepsTo(longest), y: heightTo(highest) });
    }
    plot.showCurves([
      { name: "loss, nats", tone: "first", points: history.map(([step, loss]) => [step, loss]) },
      { name: "accuracy", tone: "second", dashed: true, points: history.map(([step, , share]) => [step, share]) },
    ]);
    const gone = history.filter(([, loss]) => loss === null || loss > highest);
    plot.showMarks((scales) => marksOf(gone, highest, scales));
    said.hidden = gone.length === 0;
    setText(said, gone.length === 0 ? "" : wordsOf(gone, highest));
  });
}

/**
 * @param {import("./run.js").Mark[]} gone
 * @param {number} highest
 * @param {import("../parts/plot.js").Scales} scales
 */
function marksOf(gone, highest, { x, y }) {
  const top = y.to(ROOM * highest) + 2;
  let taken = -Infinity;
  return gone.flatMap(([step, loss]) => {
    const at = Math.max(x.to(0) + MARK_PX + 2, x.to(step));
    // That there is no number any more is never left out.
    if (loss !== null && at - taken < APART_PX) return [];
    taken = at;
    return [
      loss === null
        ? svg("path", {
            class: "bend-diverged is-none",
            d: `M${at - MARK_PX} ${top}l${2 * MARK_PX} ${2 * MARK_PX}m0 ${-2 * MARK_PX}l${-2 * MARK_PX} ${2 * MARK_PX}`,
          })
        : svg("path", {
            class: "bend-diverged",
            d: `M${at} ${top}l${MARK_PX} ${1.4 * MARK_PX}h${-2 * MARK_PX}Z`,
          }),
    ];
  });
}

/** @param {import("./run.js").Mark[]} gone @param {number} highest */
function wordsOf(gone, highest) {
  const finite = gone.flatMap(([, loss]) => (loss === null ? [] : [loss]));
  const none = gone.find(([, loss]) => loss === null);
  const words = [
    finite.length > 0 ? `▲ a loss above ${readable(highest)}, up to ${readable(Math.max(...finite))}.` : "",
    none ? `✕ from step ${none[0]} on the loss is no number.` : "",
  ];
  return words.filter(Boolean).join(" ");
}
