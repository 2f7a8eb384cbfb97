/** The network that looks at the person's picture, and the layers of a network that slide windows. */

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

/** @param {Layer} layer  A map whose units have one field each, known exactly. */
export const isKnown = ({ receptive_field: field, output_shape }) =>
  field.status === "exact" && field.extent === "local" && output_shape.length === 3;

/** @param {Layer} layer  A convolution whose windows are larger than 1 x 1. */
export const slides = ({ operation, kernel }) =>
  operation.includes("convolution") && (kernel?.width ?? 1) > 1;

/**
 * In their order.
 *
 * @param {import("../../types.js").ModelDetail} detail
 * @returns {Layer[]}
 */
export const layersWithWindows = ({ layers }) =>
  layers.filter((layer) => slides(layer) && isKnown(layer));

/** @param {Layer} layer  Side of its units' field, px of the input. */
export const fieldOf = ({ receptive_field: { size } }) => size?.width ?? 0;

/** @param {Layer} layer  From one unit to the next, px of the input. */
export const strideOf = ({ receptive_field: { stride } }) => stride?.width ?? 1;
