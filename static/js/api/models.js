/** Models: their weights, and what they make of a picture. */

import { Problem } from "../shared/problem.js";
import { layerResource, modelPath, preparePictures, withQuery } from "./paths.js";
import { ROOT, follow, listen, request, requestBytes } from "./request.js";

/** @typedef {import("../types.js").ModelDetail} ModelDetail */
/** @typedef {import("../types.js").WeightsDetail} WeightsReport */

/**
 * @typedef {object} ActivationsQuery
 * @property {string} model
 * @property {string} layer
 * @property {string} image
 * @property {"json" | "npy" | "u8" | "png"} format
 * @property {import("../page_types.js").Range} [scale]
 * @property {string} [channels] `0-3,8`
 * @property {number} [class] whose contributions the JSON form adds
 * @property {number | null} [rival] the class that it is told apart from
 * @property {import("../page_types.js").ColourName} [colours]
 */

/** @param {ActivationsQuery} query */
const activationsPath = (query) => layerResource("activations", query);

/** @param {string} model_id @param {string} image_id @param {number | null} top null: as many as usual */
const predictionsPath = (model_id, image_id, top) =>
  withQuery(`${modelPath(model_id)}/predictions`, { image: image_id, top });

/**
 * A browser that has shown a picture does not ask for its address again as long as the page stands,
 * whatever the headers say: this makes it another address.
 */
let input_turn = 0;

export const model_calls = {
  /**
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").ModelList>}
   */
  models: (signal) => request("/models", { signal }),

  /**
   * @param {string} model_id
   * @param {AbortSignal} [signal]
   * @returns {Promise<ModelDetail>}
   */
  model: (model_id, signal) => request(modelPath(model_id), { signal }),

  /**
   * The same, told how far its tracing is; aborting the signal gives that up.
   *
   * @param {string} model_id
   * @param {(done: number, total: number) => void} onProgress in modules
   * @param {AbortSignal} [signal]
   * @returns {Promise<ModelDetail>}
   */
  watchModel: (model_id, onProgress, signal) =>
    follow(modelPath(model_id), {}, onProgress, signal),

  /**
   * @param {string} model_id
   * @param {AbortSignal} [signal]
   * @returns {Promise<WeightsReport>}
   */
  weights: (model_id, signal) => request(`${modelPath(model_id)}/weights`, { signal }),

  /**
   * @param {string} model_id
   * @returns {Promise<WeightsReport>}
   */
  startDownload: (model_id) => request(`${modelPath(model_id)}/weights`, { method: "POST" }),

  /**
   * @param {string} model_id
   * @returns {Promise<WeightsReport>}
   */
  cancelDownload: (model_id) => request(`${modelPath(model_id)}/weights`, { method: "DELETE" }),

  /**
   * Follows a download until it ends.
   *
   * @param {string} model_id
   * @param {(report: WeightsReport) => void} onReport
   * @param {(problem: Problem) => void} onLost the server stopped answering
   * @returns {() => void} stops following, not the download
   */
  watchDownload: (model_id, onReport, onLost) =>
    listen(
      `${modelPath(model_id)}/weights/events`,
      { going: ["running"], last: ["done", "failed", "cancelled", "idle"] },
      onReport,
      (is_lost) => {
        if (!is_lost) return;
        onLost(new Problem("unreachable", "The server no longer reports on the download."));
      },
    ),

  /**
   * @param {string} model_id
   * @param {string} image_id
   * @param {number | null} top null: as many classes as are usual
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Prediction>}
   */
  predictions: (model_id, image_id, top, signal) =>
    request(predictionsPath(model_id, image_id, top), { signal }),

  /**
   * The address of the predictions, or of the one-shot call when no picture is named.
   *
   * @param {string | null} model_id
   * @param {string | null} image_id
   * @param {number} top
   */
  predictionsUrl(model_id, image_id, top) {
    const origin = window.location.origin;
    if (model_id === null || image_id === null) return `${origin}${ROOT}/predictions`;
    return origin + ROOT + predictionsPath(model_id, image_id, top);
  },

  /**
   * Which part of a picture a network sees: of one without scores, no prediction tells it.
   *
   * @param {string} model_id
   * @param {string} image_id
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").NetworkInput>}
   */
  networkInput: (model_id, image_id, signal) =>
    request(withQuery(`${modelPath(model_id)}/input`, { image: image_id, format: "json" }), {
      signal,
    }),

  /**
   * @param {string} model_id
   * @param {string} image_id
   * @param {"png" | "npy"} format
   */
  inputUrl: (model_id, image_id, format) =>
    ROOT +
    withQuery(`${modelPath(model_id)}/input`, {
      image: image_id,
      format,
      turn: format === "png" && input_turn > 0 ? input_turn : null,
    }),

  preparePictures,

  /** From now on the inputs of a network are other pictures under their addresses. */
  renewInputs() {
    input_turn += 1;
  },

  /**
   * The strongest map of every layer, small (docs: the CVO8 form).
   *
   * @param {string} model_id
   * @param {string} image_id
   * @param {AbortSignal} [signal]
   */
  overview(model_id, image_id, signal) {
    const path = `${modelPath(model_id)}/activations`;
    return requestBytes(withQuery(path, { image: image_id, format: "u8" }), signal);
  },

  /**
   * @param {Omit<ActivationsQuery, "format">} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").LayerStatistics>}
   */
  layerStatistics: (query, signal) =>
    request(activationsPath({ ...query, format: "json" }), { signal }),

  /**
   * The channels of a layer that react most to one place of it.
   *
   * @param {{model: string, layer: string, image: string, row: number, column: number,
   *   order?: import("../types.js").Reactions["order"], count?: number}} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").Reactions>}
   */
  reactions: (query, signal) => request(layerResource("reactions", query), { signal }),

  /**
   * @param {Omit<ActivationsQuery, "format"> & {format: "npy" | "u8"}} query
   * @param {AbortSignal} [signal]
   */
  activations: (query, signal) => requestBytes(activationsPath(query), signal),

  /**
   * Where a person can take a layer away from.
   *
   * @param {ActivationsQuery} query
   */
  activationsUrl: (query) => ROOT + activationsPath(query),
};
