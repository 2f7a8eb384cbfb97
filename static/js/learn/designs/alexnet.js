/** AlexNet's two groups: half of the maps on each of two GPUs. */

import { byId, element, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";

/**
 * Parameters of a convolution with one bias a map.
 *
 * @param {{windows: number[], inputs: number, maps: number[]}} step
 * @param {number} groups
 */
export const inGroups = ({ windows, inputs, maps }, groups) =>
  maps[0] * (windows[0] ** 2 * (inputs / groups) + 1);

const SIDE = 150;

/** Which maps in (columns) which maps out (rows) read. @param {number} groups */
function drawReading(groups) {
  const part = SIDE / groups;
  return [
    svg("rect", { class: "reads-none", x: 0, y: 0, width: SIDE, height: SIDE }),
    ...Array.from({ length: groups }, (_, place) =>
      svg("rect", { class: "reads-some", x: place * part, y: place * part, width: part, height: part }),
    ),
  ];
}

/**
 * @param {import("./address.js").Address} address
 * @param {import("../../types.js").FamousDesign} design
 */
export function createAlexNet(address, { steps, parameters }) {
  const formula = createFormula("designs.groups");
  const grouped = steps.filter((step) => step.groups > 1);
  const choice = createChosenOne({
    label: "these three layers have",
    choices: [
      { value: "2", text: "two groups, as in 2012" },
      { value: "1", text: "one" },
    ],
    value: address.get().groups,
    onChange: (groups) => address.change({ groups }, { step: true }),
  });
  byId("groups-tools").append(choice.node);
  const drawing = svg("svg", { viewBox: `-1 -1 ${SIDE + 2} ${SIDE + 2}`, role: "img" });
  byId("groups-drawing").append(drawing);
  const body = byId("groups-table").querySelector("tbody");
  const cells = [...grouped.map(({ layers }) => layers[0]), "AlexNet in all"].map((text) => {
    const cell = element("td", { class: "figure", attributes: { "data-layer": text } });
    body?.append(element("tr", {}, element("th", { text, attributes: { scope: "row" } }), cell));
    return cell;
  });

  function show() {
    const { groups } = address.get();
    const count = Number(groups);
    choice.show(groups);
    drawing.replaceChildren(...drawReading(count));
    drawing.setAttribute(
      "aria-label",
      count === 1 ? "Every map out reads every map in" : "Each half of the maps out reads its own half of the maps in",
    );
    const counts = grouped.map((step) => inGroups(step, count));
    const more = counts.reduce((sum, each, place) => sum + each - grouped[place].parameters, 0);
    for (const [place, value] of [...counts, parameters + more].entries()) {
      cells[place].textContent = formatInteger(value);
      cells[place].dataset.value = String(value);
    }
    const [{ maps, windows, inputs }] = grouped;
    formula.fill(
      { maps: maps[0], window: windows[0], inputs, groups: count, parameters: counts[0] },
      formatInteger,
    );
  }
  address.subscribe(show);
  show();
}
