/** The first Inception module as it was published: four lanes, and what narrowing saves. */

import { byId, element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createFormula } from "../parts/formula.js";

/** @typedef {import("../../types.js").FamousDesign["joins"][number]["lanes"][number]} Lane */

/** @param {Lane} lane */
function laneSteps({ windows, maps, is_pooled }) {
  const convolutions = windows.map((window, place) => `${window} × ${window} to ${maps[place]}`);
  return [...(is_pooled ? ["3 × 3 max pooling"] : []), ...convolutions];
}

/** @param {import("../../types.js").FamousDesign} design */
export function createInception({ joins }) {
  const [{ lanes, inputs, maps }] = joins;
  byId("inception").append(
    element("span", { class: "cut-end", text: `${inputs} maps in` }),
    element(
      "div",
      { class: "cut-lanes" },
      ...lanes.map((lane) =>
        element(
          "div",
          { class: "lane is-still" },
          ...laneSteps(lane).map((text) => element("span", { class: "lane-name", text })),
          element("span", { class: "lane-count", text: `${formatInteger(lane.parameters)} to learn` }),
        ),
      ),
    ),
    element("span", { class: "cut-join", text: `${maps} maps, stacked` }),
  );
  const lane = lanes.find(({ windows }) => windows.at(-1) === 5);
  if (!lane) throw new Error("an Inception module has a lane of 5 x 5");
  const [narrow, out] = lane.maps;
  const window = lane.windows[1];
  const given = { window, inputs, out };
  createFormula("designs.straight").fill(
    { ...given, parameters: window ** 2 * inputs * out + out },
    formatInteger,
  );
  createFormula("designs.narrowed").fill({ ...given, narrow, parameters: lane.parameters }, formatInteger);
}
