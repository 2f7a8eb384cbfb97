/** The way back to the microscope, with what is looked at here. */

import { cellAt } from "./geometry.js";

/**
 * @param {import("./page.js").Page} page
 * @param {import("./address.js").Side} side
 * @returns {string} the query of the microscope's address
 */
export function microscopeSearch({ address, comparison }, side) {
  const state = comparison.get();
  const { model, image, layer, maps, channel, detail } = state[side];
  const compared = address.get();
  const cell = maps ? cellAt(state, side, maps, compared.at) : null;
  const is_layer_chosen = compared.left.layer !== null || compared[side].layer !== null || cell !== null;
  const { class_index, method, preparation, carried } = compared;
  const is_as_drawn = preparation === "as-drawn" && detail?.preparations.includes(preparation);
  const is_class_there = class_index !== null && class_index < (detail?.classes ?? 0);
  /** @type {[string, string | number | null][]} */
  const parts = [
    ["model", model],
    ["image", image],
    ["layer", is_layer_chosen ? (layer?.id ?? null) : null],
    ["channel", is_layer_chosen ? channel : null],
    ["row", cell?.row ?? null],
    ["column", cell?.column ?? null],
    ["class", is_class_there ? class_index : null],
    ["method", method],
    ["preparation", is_as_drawn ? preparation : null],
    // What else was open there is of the network that one came with.
    ...(side === "left" ? carried : []),
  ];
  const given = parts.filter(([name, value]) => value !== null && name !== "");
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
