/** Walking from unit to unit: each step is one of the browser's history. */

/**
 * @param {import("../state.js").State} state
 * @param {{layer: string, channel: number, row: number | null, column: number | null}} unit
 */
export function openUnit(state, { layer, channel, row, column }) {
  state.change({ layer, channel, row, column, pins: [], lens: "number", tab: "layer" });
}
