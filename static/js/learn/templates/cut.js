/** The plane cut along one row: each score is a straight line over x1, the highest one wins. */

import { plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";
import { REACH } from "./address.js";
import { bestAt, changesAlong, valueAt } from "./geometry.js";
import { NAMES, TONES } from "./plane.js";

const STRIP_PX = 7;
const DOT_PX = 5;
/** The axis ends at one of these. */
const ENDS = [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500];

/** @param {HTMLElement} parent */
export function createCut(parent) {
  const x = { low: -REACH, high: REACH, label: "x₁", ticks: 6 };
  const y = (/** @type {number} */ end) => ({ low: -end, high: end, label: "score y", ticks: 4 });
  const plot = createPlot(parent, {
    title: "The three scores along the dashed line",
    ...{ x, y: y(2), aspect: 0.5, highest_px: 260, is_named_above: true },
  });

  return {
    /**
     * @param {readonly import("./geometry.js").Score[]} scores
     * @param {import("./geometry.js").Place} at
     */
    show(scores, at) {
      const [along, up] = at;
      const ends = [-REACH, REACH];
      const largest = Math.max(
        ...scores.flatMap((score) => ends.map((end) => Math.abs(valueAt(score, [end, up])))),
      );
      const end = ENDS.find((each) => each >= largest) ?? largest;
      plot.setAxes({ y: y(end) });
      plot.showCurves(
        scores.map((score, index) => ({
          name: `y of ${NAMES[index]}`,
          tone: TONES[index],
          points: ends.map((each) => [each, valueAt(score, [each, up])]),
        })),
      );
      const borders = [-REACH, ...changesAlong(scores, up, REACH), REACH];
      plot.showMarks((scales) => {
        const bottom = scales.y.to(-end);
        const pieces = borders.slice(1).flatMap((to, index) => {
          const from = borders[index];
          const best = bestAt(scores, [(from + to) / 2, up]);
          const [left, right] = [scales.x.to(from), scales.x.to(to)];
          const [first, last] = [from, to].map((each) => scales.y.to(valueAt(scores[best], [each, up])));
          const tone = `tone-${TONES[best]}`;
          return [
            svg("path", { class: `cut-highest ${tone}`, d: `M${left} ${first}L${right} ${last}` }),
            svg("rect", { class: `cut-strip ${tone}`, x: left, y: bottom - STRIP_PX, width: right - left, height: STRIP_PX }),
          ];
        });
        return [
          ...borders.slice(1, -1).map((each) =>
            svg("path", { class: "cut-border", d: `M${scales.x.to(each)} ${scales.y.to(end)}V${bottom}` }),
          ),
          ...pieces,
          svg("path", { class: "cut-here", d: `M${scales.x.to(along)} ${scales.y.to(end)}V${bottom}` }),
          ...scores.map((score, index) =>
            svg("circle", {
              class: `cut-dot tone-${TONES[index]}`,
              cx: scales.x.to(along),
              cy: scales.y.to(valueAt(score, at)),
              r: DOT_PX,
            }),
          ),
          plotLabel("p", scales.x.to(along) + 6, scales.y.to(end) + 12, "start", "plot-label lines-name"),
        ];
      });
    },
  };
}
