/** A matrix between brackets: numbers to type, or cells that a script fills. */

import { element } from "../../shared/element.js";

const MOST = 5;

/**
 * @param {object} options
 * @param {string} options.name "A"
 * @param {number[]} options.values row by row
 * @param {(values: number[]) => void} options.onChange
 */
export function createMatrixInputs({ name, values: first, onChange }) {
  let values = [...first];
  const inputs = first.map((value, index) =>
    element("input", {
      class: "bend-cell number-input figure",
      attributes: {
        type: "number",
        step: 0.1,
        min: -MOST,
        max: MOST,
        value,
        "aria-label": `${name}, row ${Math.floor(index / 2) + 1}, column ${(index % 2) + 1}`,
      },
      on: {
        input() {
          const typed = inputs[index].valueAsNumber;
          if (!Number.isFinite(typed) || !inputs[index].validity.valid) return;
          values = values.with(index, typed);
          onChange(values);
        },
        change() {
          const typed = inputs[index].valueAsNumber;
          const meant = Number.isFinite(typed) ? Math.min(MOST, Math.max(-MOST, typed)) : values[index];
          if (meant !== values[index]) {
            values = values.with(index, meant);
            onChange(values);
          }
          show(values);
        },
      },
    }),
  );

  /** @param {number[]} shown */
  function show(shown) {
    values = [...shown];
    inputs.forEach((input, index) => {
      if (input.valueAsNumber !== values[index]) input.value = String(values[index]);
    });
  }

  return {
    node: bracketed(name, inputs),
    show,
    /** @param {(index: number) => boolean} isLit */
    light: (isLit) =>
      inputs.forEach((input, index) => input.classList.toggle("is-lit", isLit(index))),
  };
}

/** @param {string} name @param {HTMLElement[]} cells */
export const bracketed = (name, cells) =>
  element(
    "div",
    { class: "bend-matrix", attributes: { role: "group", "aria-label": `Matrix ${name}` } },
    element("span", { class: "bend-matrix-name", text: name }),
    element("div", { class: "bend-brackets" }, ...cells),
  );
