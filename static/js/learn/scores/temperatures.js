/** The shares by temperature, from almost none to very hot, as the server computes them. */

import { readable } from "../../lenses/arithmetic/values.js";
import { svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createPlot } from "../parts/plot.js";
import { askScores } from "./network_scores.js";
import { shareWords } from "./written.js";

const COLDEST = 0.01;
const HOTTEST = 100;
const STEPS = 80;
const TEMPERATURES = Array.from(
  { length: STEPS + 1 },
  (_, step) => COLDEST * (HOTTEST / COLDEST) ** (step / STEPS),
);
/** With a colour of their own; the others are faint. */
const TONES = ["first", "second", "third", "fourth", "fifth"];

/**
 * @param {{plot: HTMLElement, words: HTMLElement, figures: HTMLElement}} places
 * @param {{fail: (error: unknown) => void}} parts
 */
export function createTemperatures(places, { fail }) {
  const latest = createLatest();
  const plot = createPlot(places.plot, {
    title: "Share by temperature",
    x: { low: COLDEST, high: HOTTEST, is_log: true, label: "temperature T" },
    y: { low: 0, high: 1, label: "softmax" },
    highest_px: 300,
    is_named_above: true,
  });
  let asked = "";

  /** @param {number} temperature */
  function mark(temperature) {
    plot.showMarks(({ x, y }) => [
      svg("path", {
        class: "temperature-line",
        d: `M${x.to(temperature)} ${y.to(0)}V${y.to(1)}`,
      }),
    ]);
  }

  /** @param {string[]} labels @param {number} count @param {number[][]} shares by temperature */
  function draw(labels, count, shares) {
    /** @param {number} place */
    const through = (place) => TEMPERATURES.map((each, step) => [each, shares[step][place]]);
    plot.showCurves([
      ...labels.map((name, place) => ({
        name: TONES[place] ? name : "",
        tone: TONES[place] ?? "faint",
        points: through(place),
      })),
      {
        name: `1/c = 1/${formatInteger(count)}`,
        tone: "faint",
        dashed: true,
        points: [
          [COLDEST, 1 / count],
          [HOTTEST, 1 / count],
        ],
      },
    ]);
    const [cold, hot] = [Math.max(...shares[0]), Math.max(...shares[STEPS])];
    places.figures.dataset.cold = String(cold);
    places.figures.dataset.hot = String(hot);
    places.words.textContent = `At T = ${COLDEST} the largest score has ${shareWords(cold)}; at T = ${HOTTEST} it \
has ${shareWords(hot)}, and 1/c is ${readable(1 / count)}.`;
    places.figures.removeAttribute("data-stale");
  }

  return {
    /**
     * @param {import("./presented.js").Presented} view
     * @param {number[]} others
     */
    show({ rows, temperature, added }, others) {
      mark(temperature);
      // A constant changes no share; without it the question stays the same.
      const scores = rows.map(({ score }) => Number((score - added).toPrecision(14)));
      const question = `${scores.join()};${others.length};${others[0]}`;
      if (question === asked) return;
      asked = question;
      places.figures.toggleAttribute("data-stale", true);
      const body = { scores: [...scores, ...others], temperatures: TEMPERATURES, first: scores.length };
      latest.run(
        (signal) => askScores(body, signal),
        ({ probabilities }) => {
          fail(null);
          draw(
            rows.map(({ label }) => label),
            body.scores.length,
            probabilities,
          );
        },
        (error) => {
          asked = ""; // the same may be asked again
          fail(error);
        },
      );
    },
  };
}
