/** Moved pictures: how networks cope, and whether maps move along. */

import { layerResource, withQuery } from "./paths.js";
import { ROOT, follow, request, requestBytes } from "./request.js";

/** @param {number} digit @param {number} number */
const digitPath = (digit, number) => `/learn/digits/${digit}?number=${number}`;

export const shift_calls = {
  /**
   * How often a network still reads held-out digits that were moved.
   *
   * @param {string} model
   * @param {{direction: "right" | "left" | "down" | "up", most_px: number}} query
   * @param {(done: number, total: number, event: {correct: number[]}) => void} onProgress
   *   correct: of the shifts that are done
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").ShiftAccuracies>}
   */
  shiftAccuracies: (model, query, onProgress, signal) =>
    follow(`/learn/shifts/${encodeURIComponent(model)}`, query, onProgress, signal),

  /**
   * The scores of a linear classifier for a picture that was moved, product by product.
   *
   * @param {string} model
   * @param {{image: string, right: number, down: number, template: number | null,
   *   preparation: string}} query template: whose products are told; null: of the largest score
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").TemplateScores>}
   */
  templateScores: (model, query, signal) =>
    request(withQuery(`/learn/templates/${encodeURIComponent(model)}`, query), { signal }),

  /** @param {number} digit @param {number} number which of the held-out ones, 0 to 99 */
  heldOutDigitUrl: (digit, number) => ROOT + digitPath(digit, number),

  /**
   * @param {number} digit
   * @param {number} number
   * @param {AbortSignal} [signal]
   * @returns {Promise<Blob>} a PNG
   */
  heldOutDigit: async (digit, number, signal) =>
    new Blob([await requestBytes(digitPath(digit, number), signal)], { type: "image/png" }),

  /**
   * A layer's map of a picture, moved; that of the moved picture; their difference.
   *
   * @param {import("./paths.js").LayerQuery
   *   & {image: string, right: number, down: number, channel: number}} query
   * @param {AbortSignal} [signal]
   */
  movedMaps: (query, signal) =>
    requestBytes(layerResource("shifts", { ...query, format: "u8" }), signal),
};
