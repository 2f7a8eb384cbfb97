/** What one side's map has more than the other's, where they can be taken from each other. */

import { gradientOf } from "../../shared/colours.js";
import { element, setText } from "../../shared/element.js";
import { formatExact, formatFloat32, formatShort } from "../../shared/format.js";
import { paintHeat, scaleOf, subtracted } from "../../shared/heat.js";
import { createFrame } from "./frames.js";
import { cellAt } from "./geometry.js";

/** @typedef {import("../../shared/heat.js").Heat} Heat */

/** A canvas of differences with its scale, zero neutral. @param {import("./page.js").Page} page @param {string} name */
export function createDifferenceFrame(page, name) {
  const canvas = element("canvas", { class: "compare-difference" });
  const handlers = page.inputHandlers("left");
  const frame = createFrame(
    { name: `${name}; the arrow keys move the mark`, class: "compare-map", ...handlers },
    canvas,
  );
  const scale = element("span", { class: "compare-scale-bar" });
  scale.style.background = gradientOf("diverging");
  const [low, high, note] = ["figure", "figure", "quiet"].map((each) => element("span", { class: each }));
  const legend = element("p", { class: "compare-scale" }, low, scale, high, note);
  const readout = element("p", { class: "quiet figure compare-readout" });
  /** @type {Heat | null} */
  let painted = null;

  return {
    nodes: [frame.box, legend, readout],
    readout,
    mark: () => frame.mark(painted ? handlers.marked() : null),

    /** @param {Heat | null} heat @param {string} text beside the scale, or in place of the map */
    show(heat, text) {
      frame.show(heat !== null, text);
      legend.classList.toggle("is-invisible", heat === null);
      setText(note, heat ? text : "");
      if (heat && heat !== painted) {
        frame.size(heat);
        paintHeat(canvas, heat);
        const { limit } = scaleOf(heat);
        setText(low, formatShort(-limit));
        setText(high, formatShort(limit));
      }
      painted = heat;
    },
  };
}

/** @param {import("./page.js").Page} page */
export function createMapDifference(page) {
  const { address, comparison, cursor } = page;
  const view = createDifferenceFrame(page, "A − B: difference of the maps");
  const node = element("div", { class: "part part-difference" }, ...view.nodes);
  /** @type {Heat | null} */
  let heat = null;
  /** @type {unknown[]} */
  let made_of = [];

  /** @returns {Heat | null} */
  function made() {
    const { left, right } = comparison.get();
    if (comparison.lock() !== "same" || !left.maps || !left.exact || !right.exact) return null;
    if (left.maps.layer !== right.maps?.layer || left.exact.length !== right.exact.length) return null;
    const { height, width } = left.maps;
    return subtracted({ values: left.exact, height, width }, { values: right.exact, height, width }, false);
  }

  /** @returns {string} why there is none */
  function reason() {
    const { left, right } = comparison.get();
    if (left.problem || right.problem || left.layer_problem || right.layer_problem) return "No difference.";
    const is_without = [left, right].some(({ detail, layer }) => detail && left.detail && !layer);
    if (is_without) return "Without maps on both sides there is no difference.";
    if (!left.maps || !right.maps) return "The difference A − B comes once both maps are here.";
    if (comparison.lock() === "same") return "The exact values are on their way…";
    if (right.correlation !== null) {
      const nearest =
        right.correlation > 0
          ? `Channel ${right.channel} of B goes up and down most like channel ${left.channel} of A:`
          : `No channel of B goes up and down like channel ${left.channel} of A: the nearest is ${right.channel},`;
      return `${nearest} correlation about ${right.correlation.toFixed(2)}. Values of two designs have no unit in common, so there is no \
difference to show.`;
    }
    return "These are two channels that have nothing to do with each other: there is no difference to show.";
  }

  function drawMarks() {
    view.mark();
    const { left, right } = comparison.get();
    const cell = heat ? cellAt(comparison.get(), "left", heat, page.place()) : null;
    if (!heat || !cell || !left.exact || !right.exact) {
      setText(view.readout, "");
      view.readout.title = "";
      return;
    }
    const index = cell.row * heat.width + cell.column;
    const [one, other, rest] = [left.exact[index], right.exact[index], heat.values[index]];
    view.readout.title = `${formatExact(one)} less ${formatExact(other)}`;
    setText(view.readout, `A − B = ${formatFloat32(rest)}`);
  }

  function update() {
    const { left, right } = comparison.get();
    const parts = [left.exact, right.exact, left.maps, right.maps, comparison.lock()];
    if (parts.some((part, place) => part !== made_of[place])) {
      made_of = parts;
      heat = made();
    }
    const is_of_pictures = left.image !== right.image;
    const words = is_of_pictures ? "A − B, place by place" : "A − B";
    view.show(heat, heat ? words : reason());
    drawMarks();
  }
  comparison.subscribe(update);
  address.subscribe(update);
  cursor.subscribe(drawMarks);
  return { node, update };
}
