/** A switch between a few ways to show one thing. */

import { element } from "../../shared/element.js";

/**
 * @param {{name: string, label: string, texts: string[], onChange: (place: number) => void}} options
 *   name: of the group, which no other on the page has
 */
export function createSwitch({ name, label, texts, onChange }) {
  const inputs = texts.map((text, place) =>
    element("input", {
      attributes: { type: "radio", name, "aria-label": text },
      on: { change: () => onChange(place) },
    }),
  );
  inputs[0].checked = true;
  const choices = texts.map((text, place) =>
    element("label", {}, inputs[place], element("span", { text })),
  );
  return {
    view: element(
      "div",
      { class: "switch", attributes: { role: "radiogroup", "aria-label": label } },
      ...choices,
    ),
    /** @param {number} place */
    show(place) {
      inputs[place].checked = true;
    },
  };
}
