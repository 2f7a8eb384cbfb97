/** One of a few, as the switches of the microscope. */

import { element } from "../../shared/element.js";

let switches = 0;

/**
 * @template {string} Choice
 * @param {object} options
 * @param {string} options.label for who cannot see it, and before it
 * @param {readonly {value: Choice, text: string}[]} options.choices
 * @param {Choice} options.value
 * @param {(value: Choice) => void} options.onChange
 * @returns {{node: HTMLElement, show: (value: Choice) => void}}
 */
export function createChosenOne({ label, choices, value: first, onChange }) {
  switches += 1;
  const name = `chosen-${switches}`;
  const radios = choices.map(({ value }) =>
    element("input", {
      attributes: { type: "radio", name, value },
      on: { change: () => onChange(value) },
    }),
  );
  const node = element(
    "div",
    { class: "chosen-one", attributes: { role: "radiogroup", "aria-label": label } },
    element("span", { class: "number-label", text: label, attributes: { "aria-hidden": "true" } }),
    element(
      "div",
      { class: "switch" },
      ...choices.map(({ text }, place) =>
        element("label", {}, radios[place], element("span", { text })),
      ),
    ),
  );

  /** @param {Choice} value */
  function show(value) {
    for (const radio of radios) radio.checked = radio.value === value;
  }
  show(first);
  return { node, show };
}
