/** Who is where: a row for each searcher, which also says whether its path is drawn. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element, setText } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { LOWEST, REACH, SEARCHERS } from "./searchers.js";

/** @typedef {import("./searchers.js").Searcher} Searcher */
/** @typedef {import("./searchers.js").SearcherName} SearcherName */
/** @typedef {Searcher & {history: import("./searchers.js").History, index: number}} Row */

/**
 * @param {HTMLElement} parent
 * @param {(hidden: SearcherName[]) => void} onHidden
 */
export function createRaceTable(parent, onHidden) {
  /** @type {readonly SearcherName[]} */
  let hidden = [];
  const rows = new Map(
    SEARCHERS.map(({ name, text, tone }) => {
      const box = element("input", {
        attributes: { type: "checkbox", "aria-label": `Draw ${text}` },
        on: {
          change: () =>
            onHidden(
              SEARCHERS.map((each) => each.name).filter((each) =>
                each === name ? !box.checked : hidden.includes(each),
              ),
            ),
        },
      });
      const cells = ["figure", "figure is-looks", "figure", "figure"].map((name_of_class) =>
        element("td", { class: name_of_class }),
      );
      const row = element(
        "tr",
        { class: `tone-${tone}`, attributes: { "data-searcher": name } },
        element(
          "th",
          { attributes: { scope: "row" } },
          element("label", { class: "race-name" }, box, element("span", { class: "race-swatch" }), text),
        ),
        ...cells,
      );
      return [name, { row, box, cells }];
    }),
  );
  parent.append(
    element(
      "table",
      { class: "race-table" },
      element("caption", { class: "visually-hidden", text: "The searchers, now" }),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...["Searcher", "Steps", "Looks", "Loss L", "Where"].map((text) =>
            element("th", {
              class: text === "Looks" ? "is-looks" : "",
              text,
              attributes: { scope: "col" },
            }),
          ),
        ),
      ),
      element("tbody", {}, ...[...rows.values()].map(({ row }) => row)),
    ),
  );

  return {
    /**
     * @param {Row[]} shown
     * @param {readonly SearcherName[]} now_hidden
     * @param {number | null} basin half as wide as the dip around the lowest point; null: no other
     */
    show(shown, now_hidden, basin) {
      hidden = now_hidden;
      const best = Math.min(...shown.map(({ history, index }) => history.losses[index]));
      for (const { name, history, index } of shown) {
        const { row, box, cells } = /** @type {NonNullable<ReturnType<typeof rows.get>>} */ (
          rows.get(name)
        );
        const loss = history.losses[index];
        box.checked = !hidden.includes(name);
        setText(cells[0], formatInteger(history.steps[index]));
        setText(cells[1], formatInteger(history.evaluations[index]));
        setText(cells[2], readable(loss));
        setText(cells[3], stateOf(history, index, basin));
        row.classList.toggle("is-best", loss === best);
        row.dataset.steps = String(history.steps[index]);
        row.dataset.looks = String(history.evaluations[index]);
        row.dataset.loss = String(loss);
        row.dataset.at = JSON.stringify(history.places[index]);
      }
    },
  };
}

/**
 * @param {import("./searchers.js").History} history
 * @param {number} index
 * @param {number | null} basin
 */
function stateOf({ places, diverged }, index, basin) {
  if (diverged && index === places.length - 1) return "flew off";
  if (places[index].some((value) => Math.abs(value) > REACH)) return "left the map";
  const distances = places[index].map((value, axis) => Math.abs(value - LOWEST[axis]));
  if (basin === null) return `${readable(Math.hypot(...distances))} away`;
  // The dip is as wide along both weights.
  return Math.max(...distances) < basin ? "lowest dip" : "another dip";
}
