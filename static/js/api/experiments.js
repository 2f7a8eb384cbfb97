/** What the scores would be if the picture or the network were changed. */

import { layerPath, modelPath, withQuery } from "./paths.js";
import { ROOT, follow, postJson } from "./request.js";

export const experiment_calls = {
  /**
   * The scores without and with interventions.
   *
   * @param {{model: string, image: string}} place
   * @param {{interventions: import("../address/interventions.js").Intervention[], classes?: number[],
   *   top?: number}} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Interventions>}
   */
  interventions: ({ model, image }, body, signal) =>
    postJson(withQuery(`${modelPath(model)}/interventions`, { image }), body, signal),

  /**
   * Every channel of a layer switched off in turn.
   *
   * @param {{model: string, layer: string, image: string, class: number,
   *   rival: number | null}} query
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} signal
   * @returns {Promise<import("../types.js").Ablations>}
   */
  ablations: ({ model, layer, ...query }, onProgress, signal) =>
    follow(`${layerPath({ model, layer })}/ablations`, query, onProgress, signal),

  /**
   * A class or a unit while the picture is covered patch by patch.
   *
   * @param {{model: string, image: string} & Record<string, unknown>} query
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} signal
   * @returns {Promise<import("../types.js").Occlusion>}
   */
  occlusion: ({ model, ...query }, onProgress, signal) =>
    follow(`${modelPath(model)}/occlusion`, query, onProgress, signal),

  /** @param {{model: string, image: string} & Record<string, unknown>} query */
  occlusionUrl: ({ model, ...query }) =>
    ROOT + withQuery(`${modelPath(model)}/occlusion`, { ...query, format: "npy" }),

  /**
   * The scores along one change of the picture.
   *
   * @param {{model: string, image: string} & Record<string, unknown>} query
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} signal
   * @returns {Promise<import("../types.js").Sweep>}
   */
  sweep: ({ model, ...query }, onProgress, signal) =>
    follow(`${modelPath(model)}/sweeps`, query, onProgress, signal),
};
