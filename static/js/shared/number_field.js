/** A number that can be slid, typed and stepped: a range and a field that say the same. */

import { element } from "./element.js";

/**
 * @typedef {object} NumberField
 * @property {HTMLElement} node
 * @property {(value: number) => void} show without telling anybody
 * @property {() => number} get
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.low
 * @param {number} options.high
 * @param {number} options.step where it is whole, so is every value
 * @param {number} options.value
 * @param {string} [options.unit] behind the field
 * @param {boolean} [options.logarithmic] the slider goes by factors, not by steps; low is above 0
 * @param {(value: number) => void} options.onChange while it is being moved
 * @returns {NumberField}
 */
export function createNumberField({
  label,
  low,
  high,
  step,
  value: first,
  unit = "",
  logarithmic = false,
  onChange,
}) {
  const places = 1000;
  /** @param {number} value */
  const toSlider = (value) =>
    logarithmic ? (places * Math.log(value / low)) / Math.log(high / low) : value;
  /** @param {number} place */
  const fromSlider = (place) =>
    logarithmic ? Number((low * (high / low) ** (place / places)).toPrecision(3)) : place;

  let value = first;
  const slider = element("input", {
    class: "number-slider",
    attributes: {
      type: "range",
      "aria-label": label,
      min: logarithmic ? 0 : low,
      max: logarithmic ? places : high,
      step: logarithmic ? 1 : step,
    },
    on: {
      input() {
        take(fromSlider(slider.valueAsNumber));
        field.value = String(value);
      },
    },
  });
  const field = element("input", {
    class: "number-field number-input figure",
    attributes: { type: "number", min: low, max: high, step: logarithmic ? "any" : step },
    on: {
      input() {
        // Half a number, or one out of bounds, is still being typed.
        if (!Number.isFinite(field.valueAsNumber) || !field.validity.valid) return;
        take(field.valueAsNumber);
        slider.value = String(toSlider(value));
      },
      change() {
        const typed = Number.isFinite(field.valueAsNumber) ? field.valueAsNumber : value;
        const meant = Number.isInteger(step) && !logarithmic ? Math.round(typed) : typed;
        const bounded = Math.min(high, Math.max(low, meant));
        if (bounded !== value) take(bounded);
        write(value);
      },
    },
  });

  /** @param {number} next */
  function take(next) {
    value = next;
    onChange(value);
  }

  /** @param {number} next */
  function write(next) {
    value = next;
    slider.value = String(toSlider(value));
    // Emptied first: a field in which text is no number has no value, and keeps the text.
    if (Number(field.value) !== value || field.value === "") {
      field.value = "";
      field.value = String(value);
    }
  }
  write(first);

  const node = element(
    "label",
    { class: "number-control" },
    element("span", { class: "number-label", text: label }),
    field,
    unit ? element("span", { class: "number-unit", text: unit }) : null,
  );
  return {
    // The slider stands beside its label, not in it: a click on the words goes to the field.
    node: element("div", { class: "number-row" }, node, slider),
    show(next) {
      // Half a number that is being typed is not to be taken away by what says nothing new.
      if (next !== value || document.activeElement !== field) write(next);
    },
    get: () => value,
  };
}
