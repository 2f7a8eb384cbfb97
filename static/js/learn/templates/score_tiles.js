/** Ten templates, each beneath the bar of its score; any of them can be picked. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { formatFixed } from "../../shared/format.js";
import { paintSigned } from "./signed_picture.js";

/** The bars show at least from here to there, and more once a score needs it. */
const LEAST = { low: -12, high: 16 };

/**
 * @param {HTMLElement} parent
 * @param {(index: number) => void} onPick
 */
export function createScoreTiles(parent, onPick) {
  const tiles = Array.from({ length: 10 }, (_, index) => {
    const fill = element("span", { class: "tile-fill" });
    const zero = element("span", { class: "tile-zero" });
    const canvas = element("canvas", { class: "digit-square", attributes: { "aria-hidden": "true" } });
    const score = element("span", { class: "tile-score figure", text: "…" });
    const name = element("span", { class: "tile-name", text: String(index) });
    const node = element(
      "button",
      {
        class: "score-tile",
        attributes: { type: "button", "aria-pressed": "false", "data-class": index },
        on: { click: () => onPick(index) },
      },
      element("span", { class: "tile-track", attributes: { "aria-hidden": "true" } }, zero, fill),
      score,
      canvas,
      name,
    );
    return { node, fill, zero, canvas, score };
  });
  parent.append(...tiles.map(({ node }) => node));
  let { low, high } = LEAST;

  return {
    /** @param {Float32Array} weights of all ten @param {number} largest */
    showTemplates(weights, largest) {
      const size = weights.length / tiles.length;
      tiles.forEach(({ canvas }, index) =>
        paintSigned(canvas, weights.subarray(index * size, (index + 1) * size), largest),
      );
    },

    /** @param {import("../../types.js").TemplateScores} found */
    show({ classes, best, template }) {
      low = Math.min(low, ...classes.map(({ score }) => score));
      high = Math.max(high, ...classes.map(({ score }) => score));
      /** @param {number} value */
      const percent = (value) => (100 * (value - low)) / (high - low);
      for (const { index, score } of classes) {
        const tile = tiles[index];
        const [from, to] = [Math.min(0, score), Math.max(0, score)].map(percent);
        tile.fill.style.bottom = `${from}%`;
        tile.fill.style.height = `${to - from}%`;
        tile.zero.style.bottom = `${percent(0)}%`;
        tile.score.textContent = formatFixed(score, 2);
        tile.node.dataset.value = String(score);
        tile.node.classList.toggle("is-best", index === best);
        tile.node.classList.toggle("is-below", score < 0);
        tile.node.setAttribute("aria-pressed", String(index === template));
        tile.node.setAttribute(
          "aria-label",
          `Template of ${index}, score ${readable(score)}${index === best ? ", the largest" : ""}`,
        );
      }
    },
  };
}
