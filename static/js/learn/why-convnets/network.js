/** The layers of the network that looks at the person's picture whose fields are known exactly. */

import { fieldOf, isKnown, slides, strideOf } from "../parts/picture_network.js";

/** @typedef {import("../../types.js").Layer} Layer */

/**
 * The first layer at each stride.
 *
 * @param {import("../../types.js").ModelDetail} detail
 * @returns {Layer[]}
 */
export function layerOfEachStride({ layers }) {
  /** @type {Map<number, Layer>} */
  const found = new Map();
  for (const layer of layers) {
    if (isKnown(layer) && slides(layer) && !found.has(strideOf(layer))) found.set(strideOf(layer), layer);
  }
  return [...found.values()].filter(({ output_shape }) => output_shape[1] > 8);
}

/**
 * Layers with ever larger fields, the first and the last among them.
 *
 * @param {import("../../types.js").ModelDetail} detail
 * @param {number} most
 * @returns {Layer[]}
 */
export function everLarger({ layers, input_size }, most) {
  /** @type {Layer[]} */
  const rising = [];
  for (const layer of layers) {
    const largest = rising.at(-1);
    const is_larger = largest === undefined || fieldOf(layer) > fieldOf(largest);
    const is_inside = largest === undefined || fieldOf(largest) < input_size.width;
    if (isKnown(layer) && slides(layer) && is_larger && is_inside) rising.push(layer);
  }
  const count = Math.min(most, rising.length);
  return Array.from({ length: count }, (_, place) =>
    rising[Math.round((place * (rising.length - 1)) / Math.max(1, count - 1))],
  );
}
