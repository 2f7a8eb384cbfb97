/** W and b as numbers to type, each above the slope of the loss at it. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { LARGEST } from "./address.js";
import { NAMES, TONES } from "./plane.js";

const COLUMNS = ["w₁", "w₂", "b"];
const KEY_STEP = 0.1;

/**
 * @param {Element} body of the table
 * @param {(place: number, value: number) => void} onInput place: in w1, w2, b of A, of B, of C
 */
export function createWeightsTable(body, onInput) {
  let values = /** @type {number[]} */ ([]);
  const cells = NAMES.flatMap((name, row) =>
    COLUMNS.map((column, place) => createCell(`${column} of ${name}`, 3 * row + place)),
  );
  body.append(
    ...NAMES.map((name, row) =>
      element(
        "tr",
        { class: `tone-${TONES[row]}` },
        element("th", { text: name, attributes: { scope: "row" } }),
        ...cells.slice(3 * row, 3 * row + 3).map(({ node }) => node),
      ),
    ),
  );

  /** @param {string} label @param {number} place */
  function createCell(label, place) {
    const slope = element("span", { class: "lines-slope figure" });
    const field = element("input", {
      class: "number-input lines-field figure",
      attributes: { type: "number", min: -LARGEST, max: LARGEST, step: "any", "aria-label": label },
      on: {
        input() {
          // Half a number, or one out of bounds, is still being typed.
          if (field.value !== "" && field.validity.valid) onInput(place, field.valueAsNumber);
        },
        change: () => write(place),
        keydown(/** @type {KeyboardEvent} */ event) {
          const step = { ArrowUp: KEY_STEP, ArrowDown: -KEY_STEP }[event.key];
          if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault(); // of its own step of 1
          const next = Math.max(-LARGEST, Math.min(LARGEST, values[place] + step));
          onInput(place, Number(next.toFixed(6)));
          write(place);
        },
      },
    });
    return { node: element("td", {}, field, slope), field, slope };
  }

  /** @param {number} place */
  function write(place) {
    const { field } = cells[place];
    field.value = String(Number(values[place].toPrecision(4)));
    field.dataset.value = String(values[place]);
  }

  return {
    /** @param {readonly number[]} lines */
    show(lines) {
      values = [...lines];
      cells.forEach(({ field }, place) => {
        // What is being typed stands as it is typed.
        const is_typed = document.activeElement === field && field.valueAsNumber === values[place];
        if (is_typed) field.dataset.value = String(values[place]);
        else write(place);
      });
    },

    /** @param {readonly number[] | null} slopes of the loss; null while they are unknown */
    showSlopes(slopes) {
      cells.forEach(({ slope }, place) => {
        slope.textContent = slopes ? readable(Number(slopes[place].toPrecision(3))) : "…";
        if (slopes) slope.dataset.value = String(slopes[place]);
        else delete slope.dataset.value;
      });
    },
  };
}
