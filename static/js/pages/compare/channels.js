/** Which layer and which channel of one network goes with that of another. */

import { inInput, inPicture } from "./geometry.js";

/** @typedef {import("../../types.js").Layer} Layer */
/** @typedef {import("../../shared/maps.js").LayerMaps} LayerMaps */

/** @param {import("../../types.js").ModelDetail} detail @returns {Layer[]} those with maps to look at */
export const layersWithMaps = ({ layers }) =>
  layers.filter(
    ({ output_shape, inputs }) =>
      output_shape.length === 3 && output_shape[1] > 1 && inputs.length > 0,
  );

/** The last layer whose maps still show where something is. @param {Layer[]} layers */
export const usualLayer = (layers) =>
  layers.findLast(({ output_shape }) => output_shape[1] >= 14) ?? layers.at(-1) ?? null;

/**
 * Whether layers of one id are the same step of the same computation: then a channel's number means
 * the same on both sides.
 *
 * @param {import("../../types.js").ModelDetail | null} one
 * @param {import("../../types.js").ModelDetail | null} other
 */
export const areOneDesign = (one, other) =>
  one !== null &&
  other !== null &&
  one.architecture === other.architecture &&
  one.layers.length === other.layers.length &&
  one.layers.every(
    ({ id, output_shape }, place) =>
      id === other.layers[place].id && String(output_shape) === String(other.layers[place].output_shape),
  );

/**
 * The layer that lies as deep in its network as another in its own.
 *
 * @param {Layer[]} layers of the network in question
 * @param {Layer[]} others
 * @param {string | null} id of one of the others
 */
export function asDeep(layers, others, id) {
  const place = others.findIndex((layer) => layer.id === id);
  if (place < 0) return usualLayer(layers);
  const share = others.length > 1 ? place / (others.length - 1) : 0;
  return layers[Math.round(share * (layers.length - 1))] ?? null;
}

/** @param {LayerMaps} maps @returns {number} the channel with the largest value */
export const strongest = ({ maximum }) =>
  maximum.reduce((best, value, index, all) => (value > all[best] ? index : best), 0);

/**
 * The channel whose map goes up and down most like a given one: the largest correlation (Pearson)
 * over the places that both maps have. Codes stand for values on a straight line, which correlations
 * do not feel.
 *
 * @param {{maps: LayerMaps, seen: import("./geometry.js").SeenPart, channel: number}} given
 * @param {{maps: LayerMaps, seen: import("./geometry.js").SeenPart}} searched
 * @returns {{channel: number, correlation: number} | null} null: nothing varies
 */
export function mostAlike(given, searched) {
  const { height, width, count, codes } = searched.maps;
  /** @type {number[]} */
  const places = [];
  /** @type {number[]} */
  const wanted = [];
  for (let place = 0; place < height * width; place += 1) {
    const middle = {
      x: ((place % width) + 0.5) / width,
      y: (Math.floor(place / width) + 0.5) / height,
    };
    const { x, y } = inInput(given.seen, inPicture(searched.seen, middle));
    if (x < 0 || y < 0 || x >= 1 || y >= 1) continue;
    const row = Math.floor(y * given.maps.height);
    const column = Math.floor(x * given.maps.width);
    places.push(place);
    wanted.push(given.maps.codes[(given.channel * given.maps.height + row) * given.maps.width + column]);
  }
  const mean = wanted.reduce((sum, code) => sum + code, 0) / wanted.length;
  const deviations = wanted.map((code) => code - mean);
  const spread = Math.sqrt(deviations.reduce((sum, each) => sum + each * each, 0));
  /** @type {{channel: number, correlation: number} | null} */
  let best = null;
  for (let channel = 0; channel < count && spread > 0; channel += 1) {
    const start = channel * height * width;
    let [sum, squares, products] = [0, 0, 0];
    for (let index = 0; index < places.length; index += 1) {
      const code = codes[start + places[index]];
      sum += code;
      squares += code * code;
      products += code * deviations[index];
    }
    const own_spread = Math.sqrt(squares - (sum * sum) / places.length);
    const correlation = own_spread > 0 ? products / (own_spread * spread) : -Infinity;
    if (Number.isFinite(correlation) && correlation > (best?.correlation ?? -Infinity)) {
      best = { channel, correlation };
    }
  }
  return best;
}
