/** The fields of the form: one to choose from, or one for a number, each with its label. */

import { element } from "../../shared/element.js";

/** @typedef {ReturnType<typeof createSelect> | ReturnType<typeof createNumber>} Field */

/**
 * @template {HTMLElement} Node
 * @param {string} name
 * @param {string} text
 * @param {Node} node
 */
function labelled(name, text, node) {
  const label = element("label", { text, attributes: { for: `train-${name}` } });
  return { node, row: element("div", { class: "train-field" }, label, node) };
}

/**
 * @param {string} name
 * @param {string} text
 * @param {() => void} onChange
 */
export function createSelect(name, text, onChange) {
  const node = element("select", {
    class: "select",
    attributes: { id: `train-${name}`, name, required: true },
    on: { change: onChange },
  });
  return labelled(name, text, node);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Record<string, string | number>} attributes
 */
export function createNumber(name, text, attributes) {
  const node = element("input", {
    class: "number-input",
    attributes: { id: `train-${name}`, name, type: "number", required: true, ...attributes },
  });
  return labelled(name, text, node);
}

/**
 * Chooses a value, or asks for another one where it cannot be had: the form is not sent without.
 *
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
export function choose(select, value) {
  select.querySelector("[data-missing]")?.remove();
  const option = [...select.options].find((each) => each.value === value && !each.disabled);
  if (!option) {
    select.prepend(
      element("option", {
        text: `${value}: not here, choose another`,
        attributes: { value: "", "data-missing": value },
      }),
    );
  }
  select.value = option ? value : "";
}

/**
 * Whether the form sets a value anew when another optimiser is chosen: it was not used before, or
 * one of the two brings its own.
 *
 * @param {string} name
 * @param {import("../../types.js").Optimiser | undefined} before
 * @param {import("../../types.js").Optimiser} now
 */
export function isSetAnew(name, before, now) {
  /** @param {import("../../types.js").Optimiser | undefined} rule */
  const own = (rule) => /** @type {Record<string, unknown>} */ (rule?.defaults ?? {})[name] ?? null;
  const was_used = name === "epochs" || before?.settings.includes(name) === true;
  return !was_used || own(before) !== null || own(now) !== null;
}
