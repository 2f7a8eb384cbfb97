/** The map of a layer that answers most to a picture: whose units are looked at. */

/** @typedef {(image: string, layer: string, signal: AbortSignal) => Promise<{channel: number}>} StrongestOf */

/**
 * @param {import("../../api/api.js").Api} api
 * @param {string} model
 * @returns {{ofLayer: StrongestOf}}
 */
export function createStrongest(api, model) {
  /** @type {Map<string, number>} */
  const known = new Map();
  return {
    async ofLayer(image, layer, signal) {
      const key = `${image} ${layer}`;
      const found = known.get(key);
      if (found !== undefined) return { channel: found };
      const { units } = await api.strongestUnit({ model, layer, image }, signal);
      known.set(key, units[0].channel);
      return { channel: units[0].channel };
    },
  };
}
