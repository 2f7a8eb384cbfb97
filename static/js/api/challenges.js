/** The challenges of classification: a picture changed in the ways that must not matter. */

import { imagePath, modelPath, withQuery } from "./paths.js";
import { ROOT, follow, request } from "./request.js";

export const challenge_calls = {
  /**
   * A picture under each challenge, under each pair of them, and under all.
   *
   * @param {{model: string, image: string} & Record<string, unknown>} query
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} signal
   * @returns {Promise<import("../types.js").Challenges>}
   */
  challenges: ({ model, ...query }, onProgress, signal) =>
    follow(`/learn/challenges/${encodeURIComponent(model)}`, query, onProgress, signal),

  /**
   * What a network says of every held-out digit of one class.
   *
   * @param {string} model
   * @param {number} digit
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Variation>}
   */
  variation: (model, digit, signal) =>
    request(`/learn/variation/${encodeURIComponent(model)}?digit=${digit}`, { signal }),

  /**
   * Which part of a picture a network sees: its highest class, and the box of its input.
   *
   * @param {{model: string, image: string, preparation: string | null}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Prediction>}
   */
  seenBy: ({ model, ...query }, signal) =>
    request(withQuery(`${modelPath(model)}/predictions`, { ...query, top: 1 }), { signal }),

  /** @param {string} image_id @param {Record<string, number>} edit */
  editedUrl: (image_id, edit) => ROOT + withQuery(`${imagePath(image_id)}/edited`, edit),
};
