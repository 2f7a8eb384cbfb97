/** Which pixels speak for a class or a unit, and whether that is to be believed. */

import { modelPath, withQuery } from "./paths.js";
import { ROOT, follow, request, requestBytes } from "./request.js";

/**
 * What the answers hold.
 *
 * @typedef {object} AttributionOption
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {"integer" | "number" | "boolean" | "choice"} kind
 * @property {boolean | number | string} default
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {string[]} choices
 *
 * @typedef {object} AttributionMethod
 * @property {string} name
 * @property {string} title
 * @property {string} summary
 * @property {string} formula
 * @property {{title: string, authors: string, year: number, url: string}} paper
 * @property {boolean} uses_layer
 * @property {boolean} is_long
 * @property {boolean} signed
 * @property {AttributionOption[]} options
 *
 * @typedef {{model: string, methods: AttributionMethod[], layers: string[],
 *   default_layer: string | null}} AttributionMethods
 *
 * @typedef {object} Attribution  In numbers.
 * @property {string} method
 * @property {string | null} label
 * @property {number | null} target_value
 * @property {string | null} layer
 * @property {number[]} shape [height, width]
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {number | null} sum
 * @property {number} fraction_positive
 * @property {boolean} is_constant
 * @property {number} not_finite
 * @property {{total: number, difference: number, gap: number, relative_gap: number | null} | null}
 *   completeness
 *
 * @typedef {{fraction: number, deletion: number, insertion: number, random_deletion: number,
 *   random_insertion: number}} DeletionPoint
 * @typedef {{method: string, value: "probability" | "unit", points: DeletionPoint[],
 *   areas: Omit<DeletionPoint, "fraction">, ties: number}} DeletionCurves
 *
 * @typedef {object} RandomisationStage
 * @property {string} block
 * @property {number | null} spearman
 * @property {number | null} spearman_absolute
 * @property {number} ssim
 * @property {number} target_value
 * @property {number} minimum
 * @property {number} maximum
 *
 * @typedef {{method: string, layer: string | null, stages: RandomisationStage[]}} Randomisation
 *
 * @typedef {{first: string, second: string, spearman: number | null,
 *   spearman_absolute: number | null}} AgreementPair
 *
 * @typedef {{label: string, layer: string | null, logit: number, bias: number | null,
 *   residual: number | null, shares: {channel: number, share: number}[]}} Decomposition
 */

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
   * @param {(done: number, total: number) => void} onProgress
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
   * @param {string} image
   * @param {number} class_index
   * @param {AbortSignal} [signal]
   * @returns {Promise<Decomposition>}
   */
  decomposition(model_id, image, class_index, signal) {
    const path = `${modelPath(model_id)}/decomposition`;
    return request(withQuery(path, { image, class: class_index }), { signal });
  },
};
