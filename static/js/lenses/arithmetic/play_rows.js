/** What the sliding window meets: rows of explanations, fetched ahead of it, one request at a time. */

import { createLatest } from "../../shared/latest.js";

/** @typedef {import("../../types.js").RowExplanation} RowExplanation */
/** @typedef {import("../../types.js").RowUnit} RowUnit */

/** Of one request: as many units as the server explains at once. */
const AT_ONCE = 64;
/** So many units ahead are there before the window comes to them. */
const AHEAD = 96;
const MOST_KEPT = 64;

/**
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("../../api/paths.js").LayerQuery & {image: string, channel: number}} parts.query
 * @param {{height: number, width: number}} parts.size of the map
 * @param {() => void} parts.onArrival
 * @param {(error: unknown) => void} parts.onError
 */
export function createPlayRows({ api, query, size, onArrival, onError }) {
  const { height, width } = size;
  const per_row = Math.ceil(width / AT_ONCE);
  const latest = createLatest();
  /** @type {Map<number, RowExplanation>} by the number of the piece */
  const kept = new Map();
  let running = -1;

  /** @param {number} row @param {number} column  Which piece of the map this is. */
  const pieceOf = (row, column) => row * per_row + Math.floor(column / AT_ONCE);

  /** @param {number} unit row * width + column */
  function fetchFrom(unit) {
    const wanted = [];
    for (let at = unit; at < Math.min(unit + AHEAD, height * width); ) {
      const [row, column] = [Math.floor(at / width), at % width];
      wanted.push(pieceOf(row, column));
      at += Math.min(AT_ONCE - (column % AT_ONCE), width - column);
    }
    const missing = wanted.find((piece) => !kept.has(piece));
    // The person is elsewhere now: what is on its way is not waited for.
    if (running >= 0 && (!wanted.includes(running) || missing === wanted[0] && running !== missing)) {
      latest.cancel();
      running = -1;
    }
    if (running >= 0 || missing === undefined) return;
    running = missing;
    const row = Math.floor(missing / per_row);
    const first = (missing % per_row) * AT_ONCE;
    latest.run(
      (signal) => api.unitRow({ ...query, row, first, count: AT_ONCE }, signal),
      (answer) => {
        running = -1;
        kept.set(missing, answer);
        if (kept.size > MOST_KEPT) kept.delete(/** @type {number} */ (kept.keys().next().value));
        onArrival();
      },
      (error) => {
        running = -1;
        onError(error);
      },
    );
  }

  return {
    fetchFrom,

    /** @param {number} unit @returns {{row: RowExplanation, unit: RowUnit} | null} null: on its way */
    at(unit) {
      const [row, column] = [Math.floor(unit / width), unit % width];
      const found = kept.get(pieceOf(row, column));
      const explained = found?.units[column % AT_ONCE];
      return found && explained ? { row: found, unit: explained } : null;
    },

    destroy() {
      latest.cancel();
    },
  };
}
