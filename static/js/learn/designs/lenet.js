/** LeNet-5's shape: maps get smaller while there are more of them. */

import { byId, element, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createFormula } from "../parts/formula.js";
import { stepText } from "./words.js";

/** Pixels of the drawing a pixel of a map. */
const SCALE = 3;
const HEIGHT = 32 * SCALE;
/** Of the drawing, from one map to the one behind it. */
const BEHIND = 3;
const MOST_DRAWN = 8;

/** @param {number} size px a side @param {number} maps */
function drawMaps(size, maps) {
  const side = Math.max(4, size * SCALE);
  const drawn = Math.min(maps, MOST_DRAWN);
  const reach = side + (drawn - 1) * BEHIND;
  const squares = Array.from({ length: drawn }, (_, place) =>
    svg("rect", {
      ...{ class: "shape-map", x: 1 + place * BEHIND, y: 1 + place * BEHIND, width: side, height: side },
    }),
  );
  return svg(
    "svg",
    { viewBox: `0 0 ${reach + 2} ${reach + 2}`, width: reach + 2, height: reach + 2, "aria-hidden": "true" },
    ...squares,
  );
}

/** @param {import("../../types.js").FamousDesign} design */
export function createLeNet({ steps, input_size, parameters }) {
  const tiles = [
    { text: "picture", size: input_size, maps: 1, count: 0 },
    ...steps.map((step) => ({
      text: stepText(step),
      size: step.size,
      maps: step.maps[0],
      count: step.parameters,
    })),
  ];
  byId("lenet-shape").append(
    ...tiles.map(({ text, size, maps, count }) =>
      element(
        "li",
        { class: "shape-step" },
        element("span", { class: "shape-room" }, drawMaps(size, maps)),
        element("b", { text: size === 1 && maps > 1 ? formatInteger(maps) : `${maps} × ${size} × ${size}` }),
        element("span", { text }),
        element("span", { class: "fact-note", text: count === 0 ? "nothing to learn" : `${formatInteger(count)} to learn` }),
      ),
    ),
  );
  byId("lenet-shape").style.setProperty("--shape-height", `${HEIGHT + MOST_DRAWN * BEHIND}px`);
  const counts = steps.map((step) => step.parameters).filter((count) => count > 0);
  const slots = ["a", "b", "c", "d", "e"].map((slot, place) => [slot, counts[place]]);
  createFormula("designs.lenet").fill({ ...Object.fromEntries(slots), all: parameters }, formatInteger);
}
