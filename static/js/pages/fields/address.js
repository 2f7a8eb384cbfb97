/** What the page shows, kept in its address. */

import { createKeptAddress } from "../../address/kept_address.js";
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
export const MOST_MODELS = 8;

/** @param {URLSearchParams} parameters @returns {Shown} */
function read(parameters) {
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

/** @param {Shown} shown @returns {[string, string | number | null][]} */
const write = ({ models, table, axis, stack, input }) => [
  ["models", models && models.join(",")],
  ["table", table],
  ["axis", axis === "linear" ? null : axis],
  ["stack", stack === USUAL.text ? null : stack],
  ["input", input === USUAL.input ? null : input],
];

export function createAddress() {
  const kept = createKeptAddress({ read, write });
  return {
    ...kept,

    /** @param {Partial<Shown>} changes */
    change: (changes) => kept.change(changes, { replace: true }),
  };
}
