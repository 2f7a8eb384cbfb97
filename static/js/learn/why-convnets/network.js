/** The network that looks at the person's picture, and its layers whose fields are known exactly. */

const PHOTOGRAPHS = "efficientnet_lite0.imagenet1k";
/** Its weights ship, whatever else is missing. */
const FALLBACK = "lenet5.mnist5k";

/** @typedef {import("../../types.js").Layer} Layer */

/**
 * @param {import("../../api/api.js").Api} api
 * @returns {Promise<import("../../types.js").ModelDetail>}
 */
export async function pictureNetwork(api) {
  const detail = await api.model(PHOTOGRAPHS);
  return detail.weights.status === "ready" ? detail : api.model(FALLBACK);
}

/** @param {Layer} layer */
const isKnown = ({ receptive_field: field, output_shape }) =>
  field.status === "exact" && field.extent === "local" && output_shape.length === 3;

/** @param {Layer} layer */
export const strideOf = ({ receptive_field: { stride } }) => stride?.width ?? 1;

/** @param {Layer} layer */
export const fieldOf = ({ receptive_field: { size } }) => size?.width ?? 0;

/** @param {Layer} layer */
const slides = ({ operation, kernel }) => operation.includes("convolution") && (kernel?.width ?? 1) > 1;

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
