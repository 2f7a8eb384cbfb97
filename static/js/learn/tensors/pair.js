/** A and B number by number: how they come to their dot product and cosine, in whatever light. */

import { button, byId, element, setText, svg } from "../../shared/element.js";
import { formatFixed } from "../../shared/format.js";
import { createNumberField } from "../../shared/number_field.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { createFormula } from "../parts/formula.js";
import { address, watch } from "./address.js";
import { tell } from "./board.js";
import { paintPatch } from "./paint.js";

/** @typedef {import("./lesson.js").Patches} Patches */

const MEASURES = /** @type {const} */ (["dot", "cosine", "centred", "distance"]);
const LIGHTS = [
  { text: "As it is", gain: 1, lift: 0 },
  { text: "Half the light", gain: 0.5, lift: 0 },
  { text: "In fog", gain: 0.4, lift: 0.4 },
];
const ARROW_PX = 100;
const HEAD_PX = 9;
/** Between an arrow and the sides of its head. */
const BARB = 0.85 * Math.PI;

export function createPair() {
  const canvases = ["pair-a", "pair-b", "pair-product"].map(
    (id) => /** @type {HTMLCanvasElement} */ (byId(id)),
  );
  const dot = createFormula("tensors.dot");
  const cosine = createFormula("tensors.cosine");
  const gain = createNumberField({
    ...{ label: "light on B, ×", low: 0, high: 2, step: 0.05, value: address.get().gain },
    onChange: (value) => address.change({ gain: value }),
  });
  const lift = createNumberField({
    ...{ label: "+", low: -0.5, high: 0.5, step: 0.05, value: address.get().lift },
    onChange: (value) => address.change({ lift: value }),
  });
  const lights = LIGHTS.map(({ text, ...light }) => ({
    light,
    node: button(text, () => address.change(light), { class: "button button-small" }),
  }));
  byId("pair-light").append(gain.node, lift.node, ...lights.map(({ node }) => node));
  const cells = Object.fromEntries(
    /** @type {const} */ (["plain", "lit"]).map((name) => {
      const numbers = MEASURES.map((measure) =>
        element("td", { class: "figure", attributes: { "data-measure": measure } }),
      );
      byId(`pair-${name}`).append(...numbers);
      return [name, numbers];
    }),
  );

  watch(["gain", "lift"], (now) => {
    gain.show(now.gain);
    lift.show(now.lift);
    for (const { light, node } of lights) {
      node.setAttribute("aria-pressed", String(light.gain === now.gain && light.lift === now.lift));
    }
  });

  return {
    /** @param {Patches} patches @param {boolean} is_centred */
    show({ a, pair, plain, lit }, is_centred) {
      byId("pair-means").hidden = !is_centred;
      // Without their means, the middle grey stands for 0.
      const grey = is_centred ? 0.5 : 0;
      paintPatch(canvases[0], is_centred ? lessMeans(a.values) : a.values, grey);
      paintPatch(canvases[1], is_centred ? lessMeans(pair.b) : pair.b, grey);
      paintPatch(canvases[2], is_centred ? strengthened(pair.hadamard) : pair.hadamard, grey);
      setText(byId("pair-caption"), is_centred ? "A ∘ B, grey is 0" : "A ∘ B");
      const is_lit = address.get().gain !== 1 || address.get().lift !== 0;
      setText(byId("pair-caption-b"), is_lit ? "B in this light" : "B");
      const [red, green, blue] = pair.dots;
      dot.fill({ red, green, blue, dot: pair.dot });
      const [first, second] = pair.lengths;
      byId("pair-cosine").hidden = pair.cosine === null;
      if (pair.cosine !== null) cosine.fill({ dot: pair.dot, first, second, cosine: pair.cosine });
      drawAngle(first, second, pair.degrees);
      MEASURES.forEach((measure, place) => {
        const [before, after] = [plain[measure], lit[measure]];
        tell(cells.plain[place], before ?? NaN, before === null ? "–" : readable(before));
        tell(cells.lit[place], after ?? NaN, after === null ? "–" : readable(after));
        const is_same = is_lit && before !== null && after !== null && readable(before) === readable(after);
        cells.lit[place].classList.toggle("is-same", is_same);
      });
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
