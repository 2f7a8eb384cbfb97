/** The only module that talks to the server. */

import { readEvents } from "./docs/event_stream.js";
import { postFile } from "./upload.js";
import { Problem, problemFromBody, problemFromFailure } from "./problem.js";

/** @typedef {import("./types.js").ModelDetail} ModelDetail */
/** @typedef {import("./types.js").WeightsReport} WeightsReport */
/** @typedef {ReturnType<typeof createApi>} Api */

export const ROOT = "/api/v1";
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
 * One attempt; whoever would rather say that the server is busy than wait uses it alone.
 *
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the decoded JSON; undefined where the answer has no body
 */
export async function requestOnce(path, options = {}) {
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
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the decoded JSON; undefined where the answer has no body
 */
export async function request(path, options = {}) {
  return whileBusy(() => requestOnce(path, options), options.signal ?? undefined);
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
export async function requestBytes(path, signal) {
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

/** @param {Record<string, unknown>} query */
function parametersOf(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

/**
 * Follows long work until its end; aborting the signal gives the work up.
 *
 * @param {string} path of the resource whose `/events` tell how far it is
 * @param {string} query
 * @param {(done: number, total: number) => void} onProgress
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the document of the resource
 */
async function follow(path, query, onProgress, signal) {
  return whileBusy(async () => {
    try {
      const response = await fetch(`${ROOT}${path}/events?${query}`, { signal });
      if (!response.ok || !response.body) {
        const retry_after = response.headers.get("Retry-After");
        throw problemFromBody(response.status, await response.text(), retry_after);
      }
      for await (const { name, data } of readEvents(response.body)) {
        const content = JSON.parse(data);
        if (name === "done") return content;
        if (name === "problem") throw problemFromBody(content.status, data, null);
        onProgress(content.done, content.total);
      }
    } catch (error) {
      throw problemFromFailure(error, signal);
    }
    throw new Problem("unreachable", "The server stopped before the work was done.");
  }, signal);
}

/**
 * Follows server-sent events. A lost connection is taken up again by the browser.
 *
 * @param {string} path
 * @param {string[]} names of events; the stream ends with the last of them
 * @param {(document: any) => void} onEvent
 * @param {(is_lost: boolean) => void} onTrouble false: the browser is trying again
 * @returns {() => void} stops following
 */
export function listen(path, names, onEvent, onTrouble) {
  const events = new EventSource(ROOT + path);
  for (const name of names) {
    events.addEventListener(name, (event) => {
      // The server ends the stream here; an EventSource would take that for a lost line.
      if (name === names.at(-1)) events.close();
      onEvent(JSON.parse(event.data));
    });
  }
  events.addEventListener("error", () => onTrouble(events.readyState === EventSource.CLOSED));
  return () => events.close();
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
 * What is explained, and how: `image`, `class` or `target_layer` with `channel`, `row` and
 * `column`, `layer`, and the options of the method.
 *
 * @typedef {Record<string, string | number | boolean | null | undefined>} AttributionQuery
 */

/** @param {Record<string, string | number | boolean | null | undefined>} query */
function queryText(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return String(new URLSearchParams(given.map(([name, value]) => [name, String(value)])));
}

/** @param {string} model_id @param {string} method */
const attributionPath = (model_id, method) =>
  `${modelPath(model_id)}/attributions/${encodeURIComponent(method)}`;

/**
 * @typedef {{model: string, layer: string}} LayerQuery
 * @typedef {LayerQuery & {filter: number, image: string}} FilterQuery
 */

/**
 * @param {string} resource of a layer
 * @param {LayerQuery & Record<string, unknown>} query
 */
function unitPath(resource, { model, layer, ...query }) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${modelPath(model)}/layers/${encodeURIComponent(layer)}/${resource}?${parameters}`;
}

/** @param {{model: string, layer: string}} query */
const layerPath = ({ model, layer }) => `${modelPath(model)}/layers/${encodeURIComponent(layer)}`;

/** @param {UnitQuery} query  A vector's unit has its number alone. */
function unitsPath({ channel, row, column, ...query }) {
  const place = row === undefined ? [channel] : [channel, row, column];
  return `${layerPath(query)}/units/${place.join("/")}`;
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
     * What a unit reads, without the gates that see everything.
     *
     * @param {UnitQuery} query
     * @param {AbortSignal} [signal]
     */
    unitMask: (query, signal) =>
      requestBytes(unitPath("receptive-field", { ...query, format: "u8", gates: false }), signal),

    /**
     * @param {EffectiveQuery} query
     * @param {AbortSignal} [signal]
     */
    effectiveField: (query, signal) =>
      requestBytes(unitPath("effective-receptive-field", { ...query }), signal),

    /** @param {EffectiveQuery} query */
    effectiveFieldUrl: (query) => ROOT + unitPath("effective-receptive-field", { ...query }),

    /**
     * @param {LayerQuery} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").LayerFilters>}
     */
    filters: (query, signal) => request(unitPath("filters", { ...query }), { signal }),

    /**
     * @param {LayerQuery & {format: "npy" | "u8", channels?: string, scale?: string}} query
     * @param {AbortSignal} [signal]
     */
    filterWeights: (query, signal) => requestBytes(unitPath("filters", { ...query }), signal),

    /** @param {LayerQuery & {format: "npy" | "png", channels?: string, scale?: string}} query */
    filtersUrl: (query) => ROOT + unitPath("filters", { ...query }),

    /**
     * @param {FilterQuery} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").FilterMatch>}
     */
    filterMatch: ({ filter, ...query }, signal) =>
      request(unitPath(`filters/${filter}/match`, { ...query }), { signal }),

    /**
     * The maps of dot product and cosine, float32.
     *
     * @param {FilterQuery} query
     * @param {AbortSignal} [signal]
     */
    filterMatchMaps: ({ filter, ...query }, signal) =>
      requestBytes(unitPath(`filters/${filter}/match`, { ...query, format: "npy" }), signal),

    /** @param {FilterQuery & {format: "npy" | "png"}} query */
    filterMatchUrl: ({ filter, ...query }) =>
      ROOT + unitPath(`filters/${filter}/match`, { ...query }),

    /**
     * Patch and template, float32.
     *
     * @param {FilterQuery & {row?: number, column?: number}} query
     * @param {AbortSignal} [signal]
     */
    filterPatch: ({ filter, ...query }, signal) =>
      requestBytes(unitPath(`filters/${filter}/patch`, { ...query, format: "npy" }), signal),

    /**
     * @param {FilterQuery & {count?: number}} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").ExcitingPatches>}
     */
    excitingPatches: ({ filter, ...query }, signal) =>
      request(unitPath(`channels/${filter}/patches`, { ...query }), { signal }),

    /**
     * @param {UnitQuery & {image: string, rule: string}} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<{minimum: number, maximum: number, rectifiers: Record<string, number>}>}
     */
    projection: (query, signal) => request(unitPath("projection", { ...query }), { signal }),

    /** @param {UnitQuery & {image: string, rule: string, format: "npy" | "png", crop?: boolean}} query */
    projectionUrl: (query) => ROOT + unitPath("projection", { ...query }),

    /** @param {UnitQuery & {seed: number, format: "npy" | "png"}} query */
    maximisationUrl: (query) => ROOT + unitPath("maximisation", { ...query }),

    /**
     * Follows a maximisation until it ends; to stop following is to stop it.
     *
     * @param {UnitQuery & {seed: number}} query
     * @param {(event: import("./types.js").MaximisationEvent, is_done: boolean) => void} onEvent
     * @param {(problem: Problem) => void} onProblem
     * @returns {() => void} stops it
     */
    watchMaximisation(query, onEvent, onProblem) {
      const events = new EventSource(ROOT + unitPath("maximisation/events", { ...query }));
      for (const name of ["running", "done"]) {
        events.addEventListener(name, (event) => {
          if (name === "done") events.close();
          onEvent(JSON.parse(event.data), name === "done");
        });
      }
      events.addEventListener("problem", (event) => {
        events.close();
        const { type, detail } = JSON.parse(event.data);
        onProblem(new Problem(type, detail));
      });
      events.addEventListener("error", () => {
        if (events.readyState !== EventSource.CLOSED) return;
        onProblem(new Problem("unreachable", "The server did not take or finish this work."));
      });
      return () => events.close();
    },

    /**
     * How a unit got its value.
     *
     * @param {UnitQuery & {image: string}} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").Explanation>}
     */
    explanation: ({ image, ...unit }, signal) =>
      request(`${unitsPath(unit)}?${new URLSearchParams({ image, terms: "0" })}`, { signal }),

    /**
     * All values that the unit reads, then all weights, as a numpy file.
     *
     * @param {UnitQuery & {image: string}} query
     * @param {AbortSignal} [signal]
     */
    explanationTerms: ({ image, ...unit }, signal) =>
      requestBytes(`${unitsPath(unit)}?${new URLSearchParams({ image, format: "npy" })}`, signal),

    /**
     * The unit with the largest value of a layer, or of one of its channels.
     *
     * @param {{model: string, layer: string, image: string, channel?: number}} query
     * @param {AbortSignal} [signal]
     * @returns {Promise<{units: import("./types.js").UnitValue[]}>}
     */
    strongestUnit({ image, channel, ...layer }, signal) {
      const parameters = new URLSearchParams({ image, top: "1" });
      if (channel !== undefined) parameters.set("channel", String(channel));
      return request(`${layerPath(layer)}/units?${parameters}`, { signal });
    },

    /**
     * Rows of the matrix of a convolution's patches, as a numpy file.
     *
     * @param {{model: string, layer: string, image: string, group: number, first: number,
     *   count: number}} query
     * @param {AbortSignal} [signal]
     */
    patchRows({ model, layer, ...query }, signal) {
      const given = Object.entries(query).map(([name, value]) => [name, String(value)]);
      const parameters = new URLSearchParams(given);
      return requestBytes(`${layerPath({ model, layer })}/im2col?${parameters}`, signal);
    },

    /**
     * @param {string} model_id
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").AttributionMethods>}
     */
    attributionMethods: (model_id, signal) =>
      request(`${modelPath(model_id)}/attributions`, { signal }),

    /**
     * @param {string} model_id
     * @param {string} method
     * @param {AttributionQuery} query
     * @param {(done: number, total: number) => void} onProgress
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").Attribution>}
     */
    attribution: (model_id, method, query, onProgress, signal) =>
      follow(attributionPath(model_id, method), queryText(query), onProgress, signal),

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
        `${attributionPath(model_id, method)}?${queryText({ ...query, format: "npy" })}`,
        signal,
      ),

    /**
     * @param {string} model_id
     * @param {string} method
     * @param {AttributionQuery} query
     */
    attributionUrl: (model_id, method, query) =>
      `${ROOT}${attributionPath(model_id, method)}?${queryText(query)}`,

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
      follow(`${attributionPath(model_id, method)}/${test}`, queryText(query), onProgress, signal),

    /**
     * The maps of every stage of a randomisation, as a numpy file.
     *
     * @param {string} model_id
     * @param {string} method
     * @param {AttributionQuery} query
     * @param {AbortSignal} [signal]
     */
    randomisationMaps: (model_id, method, query, signal) =>
      requestBytes(
        `${attributionPath(model_id, method)}/randomisation?${queryText({ ...query, format: "npy" })}`,
        signal,
      ),

    /**
     * @param {string} model_id
     * @param {AttributionQuery} query with `methods`
     * @param {(done: number, total: number) => void} onProgress
     * @param {AbortSignal} [signal]
     * @returns {Promise<{pairs: import("./types.js").AgreementPair[]}>}
     */
    attributionAgreement: (model_id, query, onProgress, signal) =>
      follow(`${modelPath(model_id)}/attribution-agreement`, queryText(query), onProgress, signal),

    /**
     * @param {string} model_id
     * @param {string} image
     * @param {number} class_index
     * @param {AbortSignal} [signal]
     * @returns {Promise<import("./types.js").Decomposition>}
     */
    decomposition: (model_id, image, class_index, signal) =>
      request(`${modelPath(model_id)}/decomposition?${queryText({ image, class: class_index })}`, {
        signal,
      }),

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
     * @param {(done: number, total: number) => void} onProgress
     * @param {AbortSignal} signal
     * @returns {Promise<import("./types.js").Ablations>}
     */
    ablations: ({ model, layer, ...query }, onProgress, signal) =>
      follow(
        `${modelPath(model)}/layers/${encodeURIComponent(layer)}/ablations`,
        String(parametersOf(query)),
        onProgress,
        signal,
      ),

    /**
     * A class or a unit while the picture is covered patch by patch.
     *
     * @param {{model: string, image: string} & Record<string, unknown>} query
     * @param {(done: number, total: number) => void} onProgress
     * @param {AbortSignal} signal
     * @returns {Promise<import("./types.js").Occlusion>}
     */
    occlusion: ({ model, ...query }, onProgress, signal) =>
      follow(`${modelPath(model)}/occlusion`, String(parametersOf(query)), onProgress, signal),

    /** @param {{model: string, image: string} & Record<string, unknown>} query */
    occlusionUrl: ({ model, ...query }) =>
      `${ROOT}${modelPath(model)}/occlusion?${parametersOf({ ...query, format: "npy" })}`,

    /**
     * The scores along one change of the picture.
     *
     * @param {{model: string, image: string} & Record<string, unknown>} query
     * @param {(done: number, total: number) => void} onProgress
     * @param {AbortSignal} signal
     * @returns {Promise<import("./types.js").Sweep>}
     */
    sweep: ({ model, ...query }, onProgress, signal) =>
      follow(`${modelPath(model)}/sweeps`, String(parametersOf(query)), onProgress, signal),

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
