/** The famous designs beside each other, and what is left of a network some of whose ways are cut. */

import { withQuery } from "./paths.js";
import { request } from "./request.js";

export const design_calls = {
  /**
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Designs>}
   */
  designs: (signal) => request("/learn/designs", { signal }),

  /**
   * How many held-out digits a network still reads.
   *
   * @param {string} model
   * @param {string[]} cuts each a layer, a colon, and which of its inputs it reads as zeros
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").CutAccuracy>}
   */
  cutAccuracy: (model, cuts, signal) =>
    request(withQuery(`/learn/cuts/${encodeURIComponent(model)}`, { cuts: cuts.join(",") }), { signal }),
};
