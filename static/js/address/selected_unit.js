/** The unit that the selection names, and walking to another. */

/** @typedef {{channel: number, row: number, column: number}} Unit row and column are 0 in a vector */

/**
 * @param {import("../page_types.js").Selection} selection
 * @param {number[]} shape of the layer: [channels, height, width] or [features]
 * @returns {Unit | null} null where none is selected, or the layer does not have it
 */
export function selectedUnit({ channel, row, column }, [channels, height, width]) {
  if (channel === null || channel >= channels) return null;
  if (width === undefined) return { channel, row: 0, column: 0 };
  if (row === null || column === null || row >= height || column >= width) return null;
  return { channel, row, column };
}

/**
 * Each step is one of the browser's history.
 *
 * @param {import("./state.js").State} state
 * @param {{layer: string, channel: number, row: number | null, column: number | null}} unit
 */
export function openUnit(state, { layer, channel, row, column }) {
  state.change({ layer, channel, row, column, pins: [], lens: "number", tab: "layer" });
}
