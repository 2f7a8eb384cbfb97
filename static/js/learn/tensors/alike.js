/** How alike every place is to patch A. */

import { button, byId, element, setText } from "../../shared/element.js";
import { gradientOf } from "../../shared/colours.js";
import { formatFixed, formatInteger } from "../../shared/format.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { MOST_PLACE, address, watch } from "./address.js";
import { createBoard, markOf, tell } from "./board.js";
import { paintMap } from "./paint.js";

/** @typedef {import("./lesson.js").Likeness} Likeness */

const MEASURES = /** @type {const} */ ([
  { value: "dot", text: "dot product" },
  { value: "cosine", text: "cosine" },
  { value: "centred", text: "cosine, means off" },
  { value: "distance", text: "distance Lᵖ" },
]);
const FIGURES = /** @type {const} */ ({
  itself: "A with itself",
  rank: "which makes A itself",
  best: "best besides A",
  median: "half of all places are below",
});

export function createAlike() {
  const board = createBoard(byId("alike-board"), ["a", "b"]);
  const map = /** @type {HTMLCanvasElement} */ (byId("alike-map"));
  const measure = createChosenOne({
    label: "alike by",
    choices: MEASURES,
    value: address.get().measure,
    onChange: (value) => address.change({ measure: value }, { step: true }),
  });
  byId("alike-tools").append(measure.node);
  const figures = Object.fromEntries(
    Object.entries(FIGURES).map(([name, title]) => {
      const number = element("dd", { attributes: { "data-figure": name } });
      const term = element("dt", { text: title, attributes: { "data-term": name } });
      byId("alike-figures").append(element("div", { class: "readout" }, term, number));
      return [name, number];
    }),
  );
  const best_term = /** @type {HTMLElement} */ (document.querySelector("[data-term=best]"));
  /** @type {Likeness | null} */
  let found = null;
  byId("alike-take").append(
    button("Put B on the best place", takeBest, { class: "button button-small" }),
  );

  const ramp = /** @type {HTMLElement} */ (document.querySelector(".alike-ramp"));
  ramp.style.background = gradientOf("viridis");

  function takeBest() {
    const best = found?.best[0];
    if (best) address.change({ b: [best.row, best.column] });
  }

  map.addEventListener("click", (event) => {
    const { left, top, width, height } = map.getBoundingClientRect();
    const row = Math.floor(((event.clientY - top) / height) * (MOST_PLACE + 1));
    const column = Math.floor(((event.clientX - left) / width) * (MOST_PLACE + 1));
    const [y, x] = [row, column].map((each) => Math.min(MOST_PLACE, Math.max(0, each)));
    address.change({ b: [y, x] });
  });

  watch(["measure"], (now) => measure.show(now.measure));

  return {
    /** @param {Float32Array} picture 3 x 64 x 64 in [0, 1] */
    show: board.show,

    /** @param {Likeness} likeness @param {import("./address.js").Measure} by */
    showMap(likeness, by) {
      found = likeness;
      const { lowest, highest, median, itself, best, rank, places } = likeness;
      const is_distance = by === "distance";
      // Yellow is alike, whichever way the measure goes.
      const rows = is_distance ? likeness.map.map((row) => row.map((each) => -each)) : likeness.map;
      paintMap(map, rows, "viridis", is_distance ? -highest : lowest, is_distance ? -lowest : highest);
      setText(byId("alike-low"), readable(is_distance ? highest : lowest));
      setText(byId("alike-high"), readable(is_distance ? lowest : highest));
      const marks = best.map(({ row, column }, place) => ({ row, column, text: String(place + 1) }));
      byId("alike-marks").replaceChildren(...[{ ...itself, text: "A" }, ...marks].map(markOf));
      board.mark(marks);
      tell(figures.itself, itself.value, readable(itself.value));
      tell(figures.rank, rank, `no. ${formatInteger(rank)} of ${formatInteger(places)}`);
      if (best[0]) {
        const { row, column, value } = best[0];
        tell(figures.best, value, readable(value));
        setText(best_term, `${FIGURES.best}, at ${row}, ${column}`);
        figures.best.dataset.row = String(row);
        figures.best.dataset.column = String(column);
      }
      tell(figures.median, median, formatFixed(median, 3));
      setText(byId("alike-verdict"), verdictOf(likeness, by));
    },
  };
}

/**
 * @param {Likeness} likeness
 * @param {import("./address.js").Measure} by
 */
function verdictOf({ rank, lowest, highest, median, itself }, by) {
  const better = formatInteger(rank - 1);
  if ((by === "cosine" || by === "centred") && itself.value === 0) {
    const why = by === "cosine" ? "all its numbers are 0" : "it is of one colour, and less its means all 0";
    return `A has no direction: ${why}. Its cosine with anything stands as 0 here. Lay it on something with a pattern.`;
  }
  if (readable(lowest) === readable(highest)) {
    return "By this measure all places are the same. Choose a picture with a pattern.";
  }
  if (by === "dot") {
    return rank > 1
      ? `${better} places beat A itself. The dot product asks how bright a place is, rather than how alike.`
      : "No place beats A, which is as bright as any. Lay it on something dark.";
  }
  if (by === "distance") {
    return "A is at distance 0 from itself, and near is what has nearly the same numbers: the same thing in another light is far. p is set below.";
  }
  if (by === "cosine") {
    return `A is its own best match. But half of all places are above ${formatFixed(median, 2)}: with no number below 0, everything is somewhat alike.`;
  }
  return `A is its own best match, and the others spread from ${formatFixed(lowest, 2)} to 1, half of them below ${formatFixed(median, 2)}: light alone makes nothing alike.`;
}
