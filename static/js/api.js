/** The only module that talks to the server. */

import { readEvents } from "./docs/event_stream.js";
import { postFile } from "./upload.js";
import { Problem, problemFromBody, problemFromFailure } from "./problem.js";

/** @typedef {import("./types.js").ModelDetail} ModelDetail */
/** @typedef {import("./types.js").WeightsReport} WeightsReport */
/** @typedef {ReturnType<typeof createApi>} Api */

const ROOT = "/api/v1";
const BUSY_ATTEMPTS = 5;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Waits, but not longer than the signal allows.
 *
 * @param {number} duration_ms
 * @param {AbortSignal | undefined} signal
 */
function pause(duration_ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, duration_ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/**
 * Repeats a request that the server was too busy to take, each time a little later.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
async function whileBusy(attempt, signal) {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Problem) || error.type !== "busy" || count === BUSY_ATTEMPTS) {
        throw error;
      }
      const pause_ms = (error.retry_after_s ?? 0.25) * 1000 * 1.5 ** (count - 1);
      await pause(Math.min(pause_ms, LONGEST_PAUSE_MS), signal);
    }
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the decoded JSON; undefined where the answer has no body
 */
async function request(path, options = {}) {
  return whileBusy(async () => {
    let response;
    let text;
    try {
      response = await fetch(ROOT + path, options);
      text = await response.text();
    } catch (error) {
      throw problemFromFailure(error, options.signal);
    }
    if (!response.ok) {
      throw problemFromBody(response.status, text, response.headers.get("Retry-After"));
    }
    return text ? JSON.parse(text) : undefined;
  }, options.signal ?? undefined);
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
async function requestBytes(path, signal) {
  return whileBusy(async () => {
    let response;
    let body;
    try {
      response = await fetch(ROOT + path, { signal });
      body = await response.arrayBuffer();
    } catch (error) {
      throw problemFromFailure(error, signal);
    }
    if (!response.ok) {
      const text = new TextDecoder().decode(body);
      throw problemFromBody(response.status, text, response.headers.get("Retry-After"));
    }
    return body;
  }, signal);
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
const postJson = (path, body, signal) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });

/**
 * Follows long work to its result; aborting gives it up.
 *
 * @param {string} path of its events
 * @param {(progress: any) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function followWork(path, onProgress, signal) {
  const body = await whileBusy(async () => {
    let response;
    try {
      response = await fetch(ROOT + path, { signal });
    } catch (error) {
      throw problemFromFailure(error, signal);
    }
    if (!response.ok || !response.body) {
      const text = await response.text();
      throw problemFromBody(response.status, text, response.headers.get("Retry-After"));
    }
    return response.body;
  }, signal);
  try {
    for await (const { name, data } of readEvents(body)) {
      if (name === "result") return JSON.parse(data);
      if (name === "problem") throw problemFromBody(500, data, null);
      onProgress(JSON.parse(data));
    }
  } catch (error) {
    throw problemFromFailure(error, signal);
  }
  throw new Problem("unreachable", "The server stopped before it was done. Try again.");
}

/** @param {Record<string, unknown>} query */
function parametersOf(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

/** @param {string} model_id */
const modelPath = (model_id) => `/models/${encodeURIComponent(model_id)}`;

/** @param {string} image_id */
const imagePath = (image_id) => `/images/${encodeURIComponent(image_id)}`;

/**
 * @typedef {object} ActivationsQuery
 * @property {string} model
 * @property {string} layer
 * @property {string} image
 * @property {"json" | "npy" | "u8" | "png"} format
 * @property {import("./types.js").Range} [scale]
 * @property {string} [channels] `0-3,8`
 * @property {number} [class] whose contributions the JSON form adds
 * @property {import("./types.js").ColourName} [colours]
 */

/**
 * @typedef {object} UnitQuery
 * @property {string} model
 * @property {string} layer
 * @property {number} channel
 * @property {number} [row]
 * @property {number} [column]
 *
 * @typedef {UnitQuery & {image?: string | null, pictures?: number,
 *   format: "json" | "npy" | "u8" | "png"}} EffectiveQuery
 */

/**
 * @param {string} resource of a layer
 * @param {UnitQuery & Record<string, unknown>} query
 */
function unitPath(resource, { model, layer, ...query }) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${modelPath(model)}/layers/${encodeURIComponent(layer)}/${resource}?${parameters}`;
}

/** @param {ActivationsQuery} query */
function activationsPath({ model, layer, ...query }) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${modelPath(model)}/layers/${encodeURIComponent(layer)}/activations?${parameters}`;
}

export function createApi() {
  return {
    /**
     * @param {AbortSignal} [signal]
     * @returns {Promise<{default_model: string, models: import("./types.js").Model[]}>}
     */
    models: (signal) => request("/models", { signal }),

    /**
     * @param {string} model_id
     * @param {AbortSignal} [signal]
     * @returns {Promise<ModelDetail>}
     */
    model: (model_id, signal) => request(modelPath(model_id), { signal }),

    /**
     * @param {AbortSignal} [signal]
     * @returns {Promise<{examples: import("./types.js").Example[]}>}
     */
    examples: (signal) => request("/examples", { signal }),

    /**
     * @param {string} model_id
     * @param {string} image_id
     * @param {number} top
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").Prediction>}
     */
    predictions(model_id, image_id, top, signal) {
      const parameters = new URLSearchParams({ image: image_id, top: String(top) });
      return request(`${modelPath(model_id)}/predictions?${parameters}`, { signal });
    },

    /**
     * The strongest map of every layer, small (docs: the CVO8 form).
     *
     * @param {string} model_id
     * @param {string} image_id
     * @param {AbortSignal} [signal]
     */
    overview(model_id, image_id, signal) {
      const parameters = new URLSearchParams({ image: image_id, format: "u8" });
      return requestBytes(`${modelPath(model_id)}/activations?${parameters}`, signal);
    },

    /**
     * @param {Omit<ActivationsQuery, "format">} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").LayerStatistics>}
     */
    layerStatistics: (query, signal) =>
      request(activationsPath({ ...query, format: "json" }), { signal }),

    /**
     * @param {Omit<ActivationsQuery, "format"> & {format: "npy" | "u8"}} query
     * @param {AbortSignal} [signal]
     */
    activations: (query, signal) => requestBytes(activationsPath(query), signal),

    /**
     * @param {UnitQuery} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").UnitField>}
     */
    unitField: (query, signal) => request(unitPath("receptive-field", { ...query }), { signal }),

    /**
     * @param {UnitQuery} query
     * @param {AbortSignal} [signal]
     */
    unitMask: (query, signal) =>
      requestBytes(unitPath("receptive-field", { ...query, format: "u8" }), signal),

    /**
     * @param {EffectiveQuery} query
     * @param {AbortSignal} [signal]
     */
    effectiveField: (query, signal) =>
      requestBytes(unitPath("effective-receptive-field", { ...query }), signal),

    /** @param {EffectiveQuery} query */
    effectiveFieldUrl: (query) => ROOT + unitPath("effective-receptive-field", { ...query }),

    /**
     * Where a person can take a layer away from.
     *
     * @param {ActivationsQuery} query
     */
    activationsUrl: (query) => ROOT + activationsPath(query),

    /**
     * The scores without and with interventions.
     *
     * @param {{model: string, image: string}} place
     * @param {{interventions: import("./interventions.js").Intervention[], classes?: number[],
     *   top?: number}} body
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").ScoreChanges>}
     */
    interventions: ({ model, image }, body, signal) =>
      postJson(`${modelPath(model)}/interventions?${parametersOf({ image })}`, body, signal),

    /**
     * Keeps an edited picture as one of its own.
     *
     * @param {string} image_id
     * @param {import("./picture_edit.js").PictureEdit} edit
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").StoredImage>}
     */
    variant: (image_id, edit, signal) => postJson(`${imagePath(image_id)}/variants`, edit, signal),

    /**
     * Every channel of a layer switched off in turn.
     *
     * @param {{model: string, layer: string, image: string, class: number}} query
     * @param {(progress: {done: number, total: number}) => void} onProgress
     * @param {AbortSignal} signal
     * @returns {Promise<import("./types.js").Ablations>}
     */
    ablations: ({ model, layer, ...query }, onProgress, signal) =>
      followWork(
        `${modelPath(model)}/layers/${encodeURIComponent(layer)}/ablations/events?${parametersOf(query)}`,
        onProgress,
        signal,
      ),

    /**
     * A class or a unit while the picture is covered patch by patch.
     *
     * @param {{model: string, image: string} & Record<string, unknown>} query
     * @param {(progress: {done: number, total: number, scores: (number | null)[]}) => void}
     *   onProgress
     * @param {AbortSignal} signal
     * @returns {Promise<import("./types.js").Occlusion>}
     */
    occlusion: ({ model, ...query }, onProgress, signal) =>
      followWork(
        `${modelPath(model)}/occlusion/events?${parametersOf(query)}`,
        onProgress,
        signal,
      ),

    /** @param {{model: string, image: string} & Record<string, unknown>} query */
    occlusionUrl: ({ model, ...query }) =>
      `${ROOT}${modelPath(model)}/occlusion?${parametersOf({ ...query, format: "npy" })}`,

    /**
     * The scores along one change of the picture.
     *
     * @param {{model: string, image: string} & Record<string, unknown>} query
     * @param {(progress: {done: number, total: number}) => void} onProgress
     * @param {AbortSignal} signal
     * @returns {Promise<import("./types.js").Sweep>}
     */
    sweep: ({ model, ...query }, onProgress, signal) =>
      followWork(`${modelPath(model)}/sweeps/events?${parametersOf(query)}`, onProgress, signal),

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
    watchDownload(model_id, onReport, onLost) {
      const events = new EventSource(`${ROOT}${modelPath(model_id)}/weights/events`);
      for (const name of ["running", "done", "failed", "cancelled", "idle"]) {
        events.addEventListener(name, (event) => {
          // The server ends the stream here; an EventSource would take that for a lost line.
          if (name !== "running") events.close();
          onReport(JSON.parse(event.data));
        });
      }
      events.addEventListener("error", () => {
        if (events.readyState !== EventSource.CLOSED) return;
        onLost(new Problem("unreachable", "The server no longer reports on the download."));
      });
      return () => events.close();
    },

    /**
     * @param {Blob} file
     * @param {string} name
     * @param {{onProgress: (sent_bytes: number, total_bytes: number) => void,
     *   signal: AbortSignal}} options
     * @returns {Promise<import("./types.js").StoredImage>}
     */
    uploadImage: (file, name, options) =>
      whileBusy(() => postFile(`${ROOT}/images`, file, name, options), options.signal),

    /**
     * @param {string} image_id
     * @returns {Promise<void>}
     */
    deleteImage: (image_id) => request(imagePath(image_id), { method: "DELETE" }),

    /** @param {string} image_id */
    imageUrl: (image_id) => ROOT + imagePath(image_id),

    /**
     * @param {string} model_id
     * @param {string} image_id
     * @param {"png" | "npy"} format
     */
    inputUrl: (model_id, image_id, format) =>
      `${ROOT}${modelPath(model_id)}/input?${new URLSearchParams({ image: image_id, format })}`,

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
      const parameters = new URLSearchParams({ image: image_id, top: String(top) });
      return `${origin}${ROOT}${modelPath(model_id)}/predictions?${parameters}`;
    },
  };
}
