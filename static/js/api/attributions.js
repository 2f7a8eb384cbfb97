/** Which pixels speak for a class or a unit, and whether that is to be believed. */

import { modelPath, withQuery } from "./paths.js";
import { ROOT, follow, request, requestBytes } from "./request.js";

/** @typedef {import("../types.js").Attribution} Attribution */
/** @typedef {import("../types.js").AttributionMethods} AttributionMethods */
/** @typedef {import("../types.js").AgreementPair} AgreementPair */
/** @typedef {import("../types.js").Decomposition} Decomposition */

/**
 * What is explained, and how: `image`, `class` or `target_layer` with `channel`, `row` and
 * `column`, `layer`, and the options of the method.
 *
 * @typedef {Record<string, string | number | boolean | null | undefined>} AttributionQuery
 */

/** @param {string} model_id @param {string} method */
const attributionPath = (model_id, method) =>
  `${modelPath(model_id)}/attributions/${encodeURIComponent(method)}`;

export const attribution_calls = {
  /**
   * @param {string} model_id
   * @param {AbortSignal} [signal]
   * @returns {Promise<AttributionMethods>}
   */
  attributionMethods: (model_id, signal) =>
    request(`${modelPath(model_id)}/attributions`, { signal }),

  /**
   * @param {string} model_id
   * @param {string} method
   * @param {AttributionQuery} query
   * @param {(done: number, total: number, event: any) => void} onProgress
   * @param {AbortSignal} [signal]
   * @returns {Promise<Attribution>}
   */
  attribution: (model_id, method, query, onProgress, signal) =>
    follow(attributionPath(model_id, method), query, onProgress, signal),

  /**
   * The heat map itself, as a numpy file.
   *
   * @param {string} model_id
   * @param {string} method
   * @param {AttributionQuery} query
   * @param {AbortSignal} [signal]
   */
  attributionValues: (model_id, method, query, signal) =>
    requestBytes(
      withQuery(attributionPath(model_id, method), { ...query, format: "npy" }),
      signal,
    ),

  /**
   * @param {string} model_id
   * @param {string} method
   * @param {AttributionQuery} query
   */
  attributionUrl: (model_id, method, query) =>
    ROOT + withQuery(attributionPath(model_id, method), query),

  /**
   * A test of a map.
   *
   * @param {string} model_id
   * @param {string} method
   * @param {"deletion" | "randomisation"} test
   * @param {AttributionQuery} query
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  attributionTest: (model_id, method, test, query, onProgress, signal) =>
    follow(`${attributionPath(model_id, method)}/${test}`, query, onProgress, signal),

  /**
   * The maps of every stage of a randomisation, as a numpy file.
   *
   * @param {string} model_id
   * @param {string} method
   * @param {AttributionQuery} query
   * @param {AbortSignal} [signal]
   */
  randomisationMaps(model_id, method, query, signal) {
    const path = `${attributionPath(model_id, method)}/randomisation`;
    return requestBytes(withQuery(path, { ...query, format: "npy" }), signal);
  },

  /**
   * @param {string} model_id
   * @param {AttributionQuery} query with `methods`
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} [signal]
   * @returns {Promise<{pairs: AgreementPair[]}>}
   */
  attributionAgreement: (model_id, query, onProgress, signal) =>
    follow(`${modelPath(model_id)}/attribution-agreement`, query, onProgress, signal),

  /**
   * @param {string} model_id
   * @param {{image: string, class: number, rival: number | null}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<Decomposition>}
   */
  decomposition(model_id, query, signal) {
    const path = `${modelPath(model_id)}/decomposition`;
    return request(withQuery(path, query), { signal });
  },
};
