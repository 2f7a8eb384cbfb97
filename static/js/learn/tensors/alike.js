/** How alike every place is to patch A, and how A and B come to their dot product and cosine. */

import { button, byId, element, setText, svg } from "../../shared/element.js";
import { gradientOf } from "../../shared/colours.js";
import { formatFixed, formatInteger } from "../../shared/format.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { MOST_PLACE, address, watch } from "./address.js";
import { createBoard, markOf, tell } from "./board.js";
import { paintMap, paintPatch } from "./paint.js";

/** @typedef {import("./lesson.js").Likeness} Likeness */
/** @typedef {import("./lesson.js").Patches} Patches */

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
const ARROW_PX = 100;
const HEAD_PX = 9;
/** Between an arrow and the sides of its head. */
const BARB = 0.85 * Math.PI;

export function createAlike() {
  const board = createBoard(byId("alike-board"), ["a", "b"]);
  const map = /** @type {HTMLCanvasElement} */ (byId("alike-map"));
  const canvases = ["pair-a", "pair-b", "pair-product"].map(
    (id) => /** @type {HTMLCanvasElement} */ (byId(id)),
  );
  const dot = createFormula("tensors.dot");
  const cosine = createFormula("tensors.cosine");
  const measure = createChosenOne({
    label: "alike by",
    choices: MEASURES,
    value: address.get().measure,
    onChange: (value) => address.change({ measure: value }),
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
      tell(figures.median, median, formatFixed(median, 2));
      setText(byId("alike-verdict"), verdictOf(likeness, by));
    },

    /** @param {Patches} patches */
    showPair({ a, b, pair }) {
      const is_centred = address.get().measure === "centred";
      byId("pair-means").hidden = !is_centred;
      // Without their means, the middle grey stands for 0.
      paintPatch(canvases[0], is_centred ? lessMeans(a.values) : a.values, is_centred ? 0.5 : 0);
      paintPatch(canvases[1], is_centred ? lessMeans(b.values) : b.values, is_centred ? 0.5 : 0);
      paintPatch(canvases[2], is_centred ? strengthened(pair.hadamard) : pair.hadamard, is_centred ? 0.5 : 0);
      setText(byId("pair-caption"), is_centred ? "A ∘ B, grey is 0" : "A ∘ B");
      const [red, green, blue] = pair.dots;
      dot.fill({ red, green, blue, dot: pair.dot });
      const [first, second] = pair.lengths;
      byId("pair-cosine").hidden = pair.cosine === null;
      if (pair.cosine !== null) cosine.fill({ dot: pair.dot, first, second, cosine: pair.cosine });
      drawAngle(first, second, pair.degrees);
    },
  };
}

/** @param {number[][][]} values @returns {number[][][]} less the mean of each colour */
function lessMeans(values) {
  return values.map((rows) => {
    const mean = rows.flat().reduce((sum, each) => sum + each, 0) / rows.flat().length;
    return rows.map((row) => row.map((each) => each - mean));
  });
}

/** @param {number[][][]} values @returns {number[][][]} the largest magnitude is a half */
function strengthened(values) {
  const largest = Math.max(...values.flat(2).map(Math.abs)) || 1;
  return values.map((rows) => rows.map((row) => row.map((each) => each / (2 * largest))));
}

/**
 * @param {Likeness} likeness
 * @param {import("./address.js").Measure} by
 */
function verdictOf({ rank, lowest, median }, by) {
  const better = formatInteger(rank - 1);
  if (by === "dot") {
    return rank > 1
      ? `${better} places beat A itself. The dot product asks how bright a place is, rather than how alike.`
      : "No place beats A, which is as bright as any. Lay it on something dark.";
  }
  if (by === "distance") {
    return "A is at distance 0 from itself; p is set below. What has nearly the same numbers is near, and the same thing in another light has others.";
  }
  if (by === "cosine") {
    return `A is its own best match. But no place is below ${formatFixed(lowest, 2)}: with numbers that are all above 0, everything is somewhat alike.`;
  }
  return `A is its own best match, and the others spread from ${formatFixed(lowest, 2)} to 1, half of them below ${formatFixed(median, 2)}: light alone makes nothing alike.`;
}

/**
 * A along the horizontal, B at its true angle, both lengths to scale.
 *
 * @param {number} first length of A
 * @param {number} second length of B
 * @param {number | null} degrees
 */
function drawAngle(first, second, degrees) {
  const drawing = byId("pair-angle");
  const is_there = degrees !== null;
  setText(byId("pair-degrees"), is_there ? `θ = ${formatFixed(degrees, 1)}°` : "no angle: one has length 0");
  drawing.dataset.degrees = String(degrees);
  const scale = ARROW_PX / (Math.max(first, second) || 1);
  const angle = ((degrees ?? 0) * Math.PI) / 180;
  // Wide angles need room on the left.
  const start = { x: is_there && degrees > 90 ? 80 : 30, y: 108 };
  const shorter = start.x === 80 ? 0.72 : 1;
  const arrow = (/** @type {number} */ length, /** @type {number} */ turn, /** @type {string} */ name) => {
    const x = start.x + Math.cos(turn) * length * scale * shorter;
    const y = start.y - Math.sin(turn) * length * scale * shorter;
    const label = svg("text", { x: x + 6 * Math.cos(turn) - 2, y: y - 5, class: `angle-name is-${name}` });
    label.textContent = name.toUpperCase();
    const barb = (/** @type {number} */ side) =>
      `M${x} ${y}l${HEAD_PX * Math.cos(turn + side)} ${-HEAD_PX * Math.sin(turn + side)}`;
    const d = `M${start.x} ${start.y}L${x} ${y}${barb(BARB)}${barb(-BARB)}`;
    return [svg("path", { class: `angle-arrow is-${name}`, d }), label];
  };
  const round = 22;
  const end = { x: start.x + round * Math.cos(angle), y: start.y - round * Math.sin(angle) };
  drawing.replaceChildren(
    svg("path", {
      class: "angle-arc",
      d: `M${start.x + round} ${start.y}A${round} ${round} 0 0 0 ${end.x} ${end.y}`,
    }),
    ...arrow(first, 0, "a"),
    ...(is_there ? arrow(second, angle, "b") : []),
  );
}
