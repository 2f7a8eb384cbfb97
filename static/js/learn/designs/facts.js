/** Two designs in numbers: how large, how deep, how good. */

import { byId, element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { pageLink } from "../parts/links.js";
import { macsText } from "./words.js";

/** @typedef {import("../../types.js").FamousDesign} Design */

/** @param {Design["error"]} error */
const errorNodes = ({ percent, measure, source }) => [
  element("span", { class: "fact-figure", text: `${percent} %` }),
  element("span", { class: "fact-note", text: `${measure} (${source})` }),
];

/** @param {string} name @param {number} value @param {string} [text] */
const figure = (name, value, text = formatInteger(value)) =>
  element("span", { class: "fact-figure", text, attributes: { "data-fact": name, "data-value": value } });

/** @type {{title: string, tell: (design: Design) => (Node | string)[]}[]} */
const FACTS = [
  {
    title: "paper",
    tell: ({ paper }) => [
      element("a", {
        text: `${paper.authors.split(",")[0]} et al., ${paper.year}`,
        attributes: { href: paper.url, title: paper.title },
      }),
    ],
  },
  { title: "known for", tell: ({ known_for }) => [known_for] },
  { title: "numbers to learn", tell: ({ parameters }) => [figure("parameters", parameters)] },
  { title: "multiply-adds a picture", tell: ({ macs }) => [figure("macs", macs, macsText(macs))] },
  { title: "layers with weights", tell: ({ depth }) => [figure("depth", depth)] },
  {
    title: "picture",
    tell: ({ input_size }) => [figure("input", input_size, `${input_size} × ${input_size} px`)],
  },
  {
    title: "field of the last maps",
    tell: ({ field }) => [figure("field", field ?? 0, field === null ? "all" : `${field} × ${field} px`)],
  },
  { title: "error, one network", tell: ({ single_error }) => errorNodes(single_error) },
  { title: "error, best published there", tell: ({ error }) => errorNodes(error) },
  {
    title: "in the microscope",
    tell: ({ model, trained }) => [
      pageLink("the design", { model }),
      ", ",
      pageLink("trained on digits", { model: trained.model }),
    ],
  },
];

/**
 * @returns {(before: Design | null, after: Design) => void}
 */
export function createFacts() {
  const table = byId("facts");
  return (before, after) => {
    const sides = before ? [before, after] : [after];
    /** @param {Design} design */
    const sideOf = (design) => ({ "data-side": design === after ? "after" : "before" });
    const head = sides.map((design) =>
      element("th", { text: design.name, attributes: { scope: "col", ...sideOf(design) } }),
    );
    const rows = FACTS.map(({ title, tell }) =>
      element(
        "tr",
        {},
        element("th", { text: title, attributes: { scope: "row" } }),
        ...sides.map((design) => element("td", { attributes: sideOf(design) }, ...tell(design))),
      ),
    );
    table.replaceChildren(
      element("thead", {}, element("tr", {}, element("td"), ...head)),
      element("tbody", {}, ...rows),
    );
  };
}
