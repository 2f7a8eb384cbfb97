/** One unit of a layer: where it looks, how it got its value, what it looks for. */

import { Problem } from "../shared/problem.js";
import { layerPath, layerResource, modelPath, unitPath, withQuery } from "./paths.js";
import { ROOT, follow, listen, request, requestBytes } from "./request.js";

/** @typedef {import("./paths.js").LayerQuery} LayerQuery */
/** @typedef {import("./paths.js").UnitQuery} UnitQuery */

/**
 * @typedef {UnitQuery & {image?: string | null, pictures?: number,
 *   format: "json" | "npy" | "u8" | "png"}} EffectiveQuery
 */

export const unit_calls = {
  /**
   * @param {UnitQuery} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").UnitField>}
   */
  unitField: (query, signal) => request(layerResource("receptive-field", query), { signal }),

  /**
   * What a unit reads, without the gates that see everything.
   *
   * @param {UnitQuery} query
   * @param {AbortSignal} [signal]
   */
  unitMask: (query, signal) =>
    requestBytes(
      layerResource("receptive-field", { ...query, format: "u8", gates: false }),
      signal,
    ),

  /**
   * @param {EffectiveQuery} query
   * @param {AbortSignal} [signal]
   * @param {(done: number, total: number) => void} [onProgress] of an average over pictures of noise
   */
  async effectiveField(query, signal, onProgress) {
    const { model, layer, channel, row, column, pictures } = query;
    if (pictures && onProgress) {
      const path = `${layerPath({ model, layer })}/effective-receptive-field`;
      await follow(path, { channel, row, column, pictures }, onProgress, signal);
    }
    return requestBytes(layerResource("effective-receptive-field", query), signal);
  },

  /** @param {EffectiveQuery} query */
  effectiveFieldUrl: (query) => ROOT + layerResource("effective-receptive-field", query),

  /**
   * Which units of a layer a pixel of the input reaches.
   *
   * @param {LayerQuery & {row: number, column: number}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Projective>}
   */
  projectiveField: (query, signal) => request(layerResource("projective-field", query), { signal }),

  /**
   * The same of all layers at once.
   *
   * @param {{model: string, row: number, column: number, gates?: boolean}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").ProjectiveFields>}
   */
  projectiveFields: ({ model, ...query }, signal) =>
    request(withQuery(`${modelPath(model)}/projective-fields`, query), { signal }),

  /**
   * How units beside each other got their values.
   *
   * @param {LayerQuery & {channel: number, row: number, image: string, first: number, count: number}}
   *   query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").RowExplanation>}
   */
  unitRow: ({ model, layer, channel, row, ...query }, signal) =>
    request(withQuery(`${layerPath({ model, layer })}/units/${channel}/${row}`, query), { signal }),

  /**
   * How a unit got its value.
   *
   * @param {UnitQuery & {image: string, terms?: number}} query terms: how many of the largest are
   *   listed; none unless told
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Explanation>}
   */
  explanation: ({ image, terms = 0, ...unit }, signal) =>
    request(withQuery(unitPath(unit), { image, terms }), { signal }),

  /**
   * All values that the unit reads, then all weights, as a numpy file.
   *
   * @param {UnitQuery & {image: string}} query
   * @param {AbortSignal} [signal]
   */
  explanationTerms: ({ image, ...unit }, signal) =>
    requestBytes(withQuery(unitPath(unit), { image, format: "npy" }), signal),

  /**
   * The unit with the largest value of a layer, of one of its channels, or of one place.
   *
   * @param {LayerQuery & {image: string, channel?: number, row?: number, column?: number}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<{units: import("../types.js").UnitValue[]}>}
   */
  strongestUnit: (query, signal) => request(layerResource("units", { ...query, top: 1 }), { signal }),

  /**
   * Rows of the matrix of a convolution's patches, as a numpy file.
   *
   * @param {LayerQuery & {image: string, group: number, first: number, count: number}} query
   * @param {AbortSignal} [signal]
   */
  patchRows: (query, signal) => requestBytes(layerResource("im2col", query), signal),

  /**
   * @param {UnitQuery & {image: string, rule: string}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<{shape: number[], minimum: number, maximum: number,
   *   rectifiers: Record<string, number>}>}
   */
  projection: (query, signal) => request(layerResource("projection", query), { signal }),

  /**
   * @param {UnitQuery & {image: string, rule: string, format: "npy" | "png", crop?: boolean}} query
   */
  projectionUrl: (query) => ROOT + layerResource("projection", query),

  /** @param {UnitQuery & {seed: number, format: "npy" | "png"}} query */
  maximisationUrl: (query) => ROOT + layerResource("maximisation", query),

  /**
   * Follows a maximisation until it ends; to stop following is to stop it.
   *
   * @param {UnitQuery & {seed: number}} query
   * @param {(event: import("../page_types.js").MaximisationEvent, is_done: boolean) => void} onEvent
   * @param {(problem: Problem) => void} onProblem
   * @returns {() => void} stops it
   */
  watchMaximisation: (query, onEvent, onProblem) =>
    listen(
      layerResource("maximisation/events", query),
      { going: ["running"], last: ["done", "problem"] },
      (document, name) => {
        if (name === "problem") onProblem(new Problem(document.type, document.detail));
        else onEvent(document, name === "done");
      },
      (is_lost) => {
        if (!is_lost) return;
        onProblem(new Problem("unreachable", "The server did not take or finish this work."));
      },
    ),
};
