/** What the page shows, kept in its address. */

import { createKeptAddress } from "../../address/kept_address.js";
import { LARGEST_TARGET } from "../../stack/calculator.js";
import { PRESETS } from "../../stack/presets.js";
import { LARGEST_INPUT, MOST_CHANNELS } from "../../stack/stack.js";

/** @typedef {ReturnType<typeof createAddress>} Address */

/**
 * @typedef {object} Shown
 * @property {string[] | null} models on the plot; null: never chosen
 * @property {string | null} table whose layers are listed; null: the first on the plot
 * @property {"linear" | "log"} axis
 * @property {string} stack of the calculator
 * @property {number} input of the calculator
 * @property {number} channels of that input
 * @property {string | null} from  the microscope's selection, where somebody comes from there
 * @property {number} target a field that stacks are proposed for
 */

const USUAL = PRESETS[0];
/** Of a photograph, as most networks see it. */
const USUAL_TARGET = 224;
export const MOST_MODELS = 8;

/** @param {URLSearchParams} parameters @returns {Shown} */
function read(parameters) {
  const models = parameters.get("models");
  /** @param {string} name @param {number} most @param {number} usual */
  const number = (name, most, usual) => {
    const value = Number(parameters.get(name));
    return Number.isInteger(value) && value >= 1 && value <= most ? value : usual;
  };
  return {
    models: models === null ? null : models.split(",").filter(Boolean).slice(0, MOST_MODELS),
    table: parameters.get("table"),
    from: parameters.get("from"),
    axis: parameters.get("axis") === "log" ? "log" : "linear",
    stack: parameters.get("stack") ?? USUAL.text,
    input: number("input", LARGEST_INPUT, USUAL.input),
    channels: number("channels", MOST_CHANNELS, USUAL.channels),
    target: number("target", LARGEST_TARGET, USUAL_TARGET),
  };
}

/** @param {Shown} shown @returns {[string, string | number | null][]} */
const write = ({ models, table, from, axis, stack, input, channels, target }) => [
  ["models", models && models.join(",")],
  ["table", table],
  ["from", from],
  ["axis", axis === "linear" ? null : axis],
  ["stack", stack === USUAL.text ? null : stack],
  ["input", input === USUAL.input ? null : input],
  ["channels", channels === USUAL.channels ? null : channels],
  ["target", target === USUAL_TARGET ? null : target],
];

/**
 * The network that somebody looked at in the microscope, and the address at which it stands there as
 * it was left.
 *
 * @param {string | null} from
 * @returns {{model: string, layer: string | null, href: string} | null}
 */
export function originOf(from) {
  if (from === null) return null;
  const selection = new URLSearchParams(from);
  const model = selection.get("model");
  if (!model) return null;
  return { model, layer: selection.get("layer"), href: `./?${selection}` };
}

export function createAddress() {
  const kept = createKeptAddress({ read, write });
  return {
    ...kept,

    /** @param {Partial<Shown>} changes */
    change: (changes) => kept.change(changes, { replace: true }),
  };
}
