/** Every model that can be opened, as the server lists them. */

import { createStore } from "../shared/store.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {ReturnType<typeof createCatalogue>} Catalogue */

/** Most networks are known, and here sooner. */
const PATIENCE_MS = 400;

/** @param {import("../api/api.js").Api} api */
export function createCatalogue(api) {
  /** @type {import("../shared/store.js").Store<Model[]>} */
  const models = createStore(/** @type {Model[]} */ ([]));
  /** @type {Map<string, import("../types.js").ModelDetail>} */
  const details = new Map();
  let default_model_id = "";
  let takes_networks = false;
  /** @type {Promise<void> | null} */
  let loading = null;

  async function fetchModels() {
    const answer = await api.models();
    default_model_id = answer.default_model;
    takes_networks = answer.model_uploads;
    models.set(answer.models);
  }

  /**
   * Asks how far the tracing is once a network takes its time.
   *
   * @param {string} model_id
   * @param {AbortSignal} signal
   * @param {(done: number, total: number) => void} onProgress
   * @returns {() => void} stops that
   */
  function watchSlow(model_id, signal, onProgress) {
    const watching = new AbortController();
    const stop = () => watching.abort();
    signal.addEventListener("abort", stop);
    const timer = setTimeout(() => {
      // What goes wrong is told by the request for the network itself.
      api.watchModel(model_id, onProgress, watching.signal).catch(() => undefined);
    }, PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      stop();
    };
  }

  return {
    all: models.get,
    subscribe: models.subscribe,

    /** Resolves once the list is here; asks again if the last attempt failed. */
    ready() {
      loading ??= fetchModels().catch((error) => {
        loading = null;
        throw error;
      });
      return loading;
    },

    /** Whether people may send networks of their own. */
    takesNetworks: () => takes_networks,

    /** Something else is said of a network from now on. @param {string} model_id */
    forget(model_id) {
      details.delete(model_id);
    },

    /** @param {string} model_id */
    has: (model_id) => models.get().some(({ id }) => id === model_id),

    /** A network as the server has just described it, new or another than before. @param {Model} model */
    put(model) {
      details.delete(model.id);
      const others = models.get();
      const place = others.findIndex(({ id }) => id === model.id);
      models.set(place < 0 ? [...others, model] : others.with(place, model));
    },

    /** A network that is no more. @param {string} model_id */
    drop(model_id) {
      details.delete(model_id);
      models.set(models.get().filter(({ id }) => id !== model_id));
    },

    /** Reads the list anew, for instance after a download. */
    async refresh() {
      await fetchModels();
    },

    /**
     * @param {string | null} model_id null: the default; a bare architecture: its default tag
     * @returns {Model | undefined}
     */
    find(model_id) {
      const wanted = model_id ?? default_model_id;
      return models
        .get()
        .find(
          (model) => model.id === wanted || (model.is_default_tag && model.architecture === wanted),
        );
    },

    /**
     * @param {string} model_id
     * @param {AbortSignal} signal
     * @param {(done: number, total: number) => void} [onProgress] of tracing a network that is not
     *   known yet, in modules
     */
    async detail(model_id, signal, onProgress) {
      const known = details.get(model_id);
      if (known) return known;
      const stopWatching = onProgress ? watchSlow(model_id, signal, onProgress) : () => undefined;
      try {
        const detail = await api.model(model_id, signal);
        details.set(model_id, detail);
        return detail;
      } finally {
        stopWatching();
      }
    },
  };
}
