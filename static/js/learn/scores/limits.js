/** How far a score can take its share: both curves, and where the class stands on them. */

import { svg } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { createPlot } from "../parts/plot.js";
import { sigmoid } from "./arithmetic.js";
import { logSumBeside } from "./presented.js";
import { grouped, scoreText, shareText, shareWords } from "./written.js";

const SAMPLES = 160;
const STEP = 0.1;

/**
 * @param {{plot: HTMLElement, words: HTMLElement}} places
 * @param {(score: number) => void} onInput the score of the class that the curve is of
 */
export function createLimits(places, onInput) {
  const formula = createFormula("scores.sigmoid");
  const alone = createFormula("scores.alone");
  const plot = createPlot(places.plot, {
    title: "Share by score",
    x: { low: -10, high: 10, label: "score" },
    y: { low: 0, high: 1, label: "share" },
    highest_px: 300,
    is_named_above: true,
  });
  const point = plot.addPoint({
    label: "Score on the curve",
    moves: "x",
    step: { x: STEP },
    onMove: onInput,
  });
  let ends = { low: 0, high: 0 };

  return {
    /**
     * @param {import("./presented.js").Presented} view
     * @param {number} place of the class
     * @param {{low: number, high: number}} next_ends of the scores
     */
    show(view, place, next_ends) {
      const { temperature, rows } = view;
      const { label, score, tempered, share } = rows[place];
      const beside = logSumBeside(view, place);
      if (next_ends.low !== ends.low || next_ends.high !== ends.high) {
        ends = next_ends;
        plot.setAxes({ x: { ...ends, label: "score" } });
      }
      const scores = Array.from(
        { length: SAMPLES + 1 },
        (_, sample) => ends.low + ((ends.high - ends.low) * sample) / SAMPLES,
      );
      plot.showCurves([
        {
          name: `softmax of ${label}`,
          tone: "first",
          points: scores.map((each) => [each, sigmoid(each / temperature - beside)]),
        },
        {
          name: "sigmoid of the same score",
          tone: "second",
          dashed: true,
          points: scores.map((each) => [each, sigmoid(each / temperature)]),
        },
      ]);
      const half = beside * temperature;
      plot.showMarks(({ x, y }) => [
        svg("path", { class: "half-line", d: `M${x.to(half)} ${y.to(0)}V${y.to(0.5)}` }),
        svg("circle", {
          ...{ class: "sigmoid-dot", r: 5 },
          ...{ cx: x.to(bounded(score, ends)), cy: y.to(sigmoid(tempered)) },
        }),
      ]);
      point.show(bounded(score, ends), share);
      point.node.setAttribute("aria-valuetext", `score ${scoreText(score)}, share ${shareText(share)}`);
      formula.fill({ x: tempered, share: sigmoid(tempered) }, grouped);
      alone.fill({ x: tempered, beside, share: sigmoid(tempered - beside) }, grouped);
      places.words.textContent = wordsOf(view, place, half);
    },
  };
}

/** @param {number} value @param {{low: number, high: number}} ends */
const bounded = (value, { low, high }) => Math.min(high, Math.max(low, value));

/** @param {import("./presented.js").Presented} view @param {number} place @param {number} half */
function wordsOf({ rows }, place, half) {
  const { label, share, sigmoid: own } = rows[place];
  const ends =
    share === 0 || share === 1
      ? ` A float rounds its share to ${share}; in truth it comes near ${share} and never there.`
      : "";
  return `At a score of ${scoreText(half)} (dotted line) “${label}” has half: as much as all others together. Its \
curve is the sigmoid’s, moved to there. Now: softmax ${shareWords(share)}, sigmoid ${shareWords(own)}.${ends}`;
}
