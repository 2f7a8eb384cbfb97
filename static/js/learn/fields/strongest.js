/** Of the units at a place of a layer, the one that answers most to a picture: that is looked at. */

/** @typedef {{layer: string, row: number, column: number}} Place */
/** @typedef {(image: string, place: Place, signal: AbortSignal) => Promise<{channel: number}>} StrongestAt */

/**
 * @param {import("../../api/api.js").Api} api
 * @param {string} model
 * @returns {StrongestAt}
 */
export function createStrongest(api, model) {
  /** @type {Map<string, number>} */
  const known = new Map();
  return async (image, { layer, row, column }, signal) => {
    const key = [image, layer, row, column].join(" ");
    const found = known.get(key);
    if (found !== undefined) return { channel: found };
    const { units } = await api.strongestUnit({ model, layer, image, row, column }, signal);
    // Where nothing is a number, there is still a first map.
    const channel = units[0]?.channel ?? 0;
    known.set(key, channel);
    return { channel };
  };
}
