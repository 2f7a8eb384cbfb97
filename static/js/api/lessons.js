/** Lessons that several pages ask for. */

import { layerResource } from "./paths.js";
import { request, sendJson } from "./request.js";

export const lesson_calls = {
  /**
   * What a unit sees at the end of a stack of layers, and what each of them costs.
   *
   * @param {import("../types.js").StackBody} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Stack>}
   */
  stack: (body, signal) => sendJson("POST", "/learn/stack", body, signal),

  /**
   * A unit without and with a patch over the network's input.
   *
   * @param {import("./paths.js").UnitQuery & {image: string, top: number, left: number,
   *   size: number, other?: string}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").CoveredUnit>}
   */
  coveredUnit: (query, signal) => request(layerResource("covered", query), { signal }),
};
