/** How the loss of a class moves with what a layer computed, and with what it has learned. */

import { layerResource } from "./paths.js";
import { request, requestBytes } from "./request.js";

/**
 * @typedef {import("./paths.js").LayerQuery & {image: string, class?: number | null}} LossQuery
 *   class: that the picture shows; the one of the highest score unless told
 */

export const gradient_calls = {
  /**
   * @param {LossQuery} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").ActivationGradient>}
   */
  layerGradient: (query, signal) => request(layerResource("gradients", query), { signal }),

  /**
   * dL/da of every value of a layer, as a numpy file.
   *
   * @param {LossQuery} query
   * @param {AbortSignal} [signal]
   */
  layerGradientValues: (query, signal) =>
    requestBytes(layerResource("gradients", { ...query, format: "npy" }), signal),

  /**
   * dL/dw of a layer's kernels, as a numpy file.
   *
   * @param {LossQuery} query
   * @param {AbortSignal} [signal]
   */
  weightGradientValues: (query, signal) =>
    requestBytes(layerResource("gradients/weights", { ...query, format: "npy" }), signal),
};
