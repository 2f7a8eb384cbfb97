/** What the page shows, kept in its address. */

import { createStore } from "../store.js";
import { LARGEST_INPUT, PRESETS } from "./stack.js";

/** @typedef {ReturnType<typeof createAddress>} Address */

/**
 * @typedef {object} Shown
 * @property {string[] | null} models on the plot; null: never chosen
 * @property {string | null} table whose layers are listed; null: the first on the plot
 * @property {"linear" | "log"} axis
 * @property {string} stack of the calculator
 * @property {number} input of the calculator
 */

const USUAL = PRESETS[0];
const MOST_MODELS = 8;

/** @param {string} search @returns {Shown} */
function shownFromSearch(search) {
  const parameters = new URLSearchParams(search);
  const models = parameters.get("models");
  const input = Number(parameters.get("input"));
  return {
    models: models === null ? null : models.split(",").filter(Boolean).slice(0, MOST_MODELS),
    table: parameters.get("table"),
    axis: parameters.get("axis") === "log" ? "log" : "linear",
    stack: parameters.get("stack") ?? USUAL.text,
    input: Number.isInteger(input) && input >= 1 && input <= LARGEST_INPUT ? input : USUAL.input,
  };
}

export function createAddress() {
  const store = createStore(shownFromSearch(window.location.search));
  window.addEventListener("popstate", () => store.set(shownFromSearch(window.location.search)));

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** @param {Partial<Shown>} changes */
    change(changes) {
      const next = { ...store.get(), ...changes };
      const parameters = new URLSearchParams();
      if (next.models !== null) parameters.set("models", next.models.join(","));
      if (next.table !== null) parameters.set("table", next.table);
      if (next.axis !== "linear") parameters.set("axis", next.axis);
      if (next.stack !== USUAL.text) parameters.set("stack", next.stack);
      if (next.input !== USUAL.input) parameters.set("input", String(next.input));
      const text = parameters.toString();
      window.history.replaceState(null, "", window.location.pathname + (text ? `?${text}` : ""));
      store.set(next);
    },
  };
}

export { MOST_MODELS };
