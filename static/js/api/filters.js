/** The filters of a layer, and where a picture answers to them. */

import { layerResource } from "./paths.js";
import { ROOT, request, requestBytes } from "./request.js";

/** @typedef {import("./paths.js").LayerQuery} LayerQuery */
/** @typedef {LayerQuery & {filter: number, image: string}} FilterQuery */

/**
 * @param {string} resource of a filter
 * @param {FilterQuery & Record<string, unknown>} query
 */
const filterResource = (resource, { filter, ...query }) =>
  layerResource(`filters/${filter}/${resource}`, query);

export const filter_calls = {
  /**
   * @param {LayerQuery} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").LayerFilters>}
   */
  filters: (query, signal) => request(layerResource("filters", query), { signal }),

  /**
   * @param {LayerQuery & {format: "npy" | "u8", channels?: string, scale?: string}} query
   * @param {AbortSignal} [signal]
   */
  filterWeights: (query, signal) => requestBytes(layerResource("filters", query), signal),

  /** @param {LayerQuery & {format: "npy" | "png", channels?: string, scale?: string}} query */
  filtersUrl: (query) => ROOT + layerResource("filters", query),

  /**
   * @param {FilterQuery} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").FilterMatch>}
   */
  filterMatch: (query, signal) =>
    request(filterResource("match", query), { signal }),

  /**
   * The maps of dot product and cosine, float32.
   *
   * @param {FilterQuery} query
   * @param {AbortSignal} [signal]
   */
  filterMatchMaps: (query, signal) =>
    requestBytes(filterResource("match", { ...query, format: "npy" }), signal),

  /** @param {FilterQuery & {format: "npy" | "png"}} query */
  filterMatchUrl: (query) =>
    ROOT + filterResource("match", query),

  /**
   * Patch and template, float32.
   *
   * @param {FilterQuery & {row?: number, column?: number}} query
   * @param {AbortSignal} [signal]
   */
  filterPatch: (query, signal) =>
    requestBytes(filterResource("patch", { ...query, format: "npy" }), signal),

  /**
   * @param {FilterQuery & {count?: number}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").ExcitingPatches>}
   */
  excitingPatches: ({ filter, ...query }, signal) =>
    request(layerResource(`channels/${filter}/patches`, query), { signal }),
};
