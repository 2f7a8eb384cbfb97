/** Every model that can be opened, as the server lists them. */

import { createStore } from "../shared/store.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {ReturnType<typeof createCatalogue>} Catalogue */

/** @param {import("../api/api.js").Api} api */
export function createCatalogue(api) {
  /** @type {import("../shared/store.js").Store<Model[]>} */
  const models = createStore(/** @type {Model[]} */ ([]));
  /** @type {Map<string, import("../types.js").ModelDetail>} */
  const details = new Map();
  let default_model_id = "";
  /** @type {Promise<void> | null} */
  let loading = null;

  async function fetchModels() {
    const answer = await api.models();
    default_model_id = answer.default_model;
    models.set(answer.models);
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
     * @param {AbortSignal} [signal]
     */
    async detail(model_id, signal) {
      const known = details.get(model_id);
      if (known) return known;
      const detail = await api.model(model_id, signal);
      details.set(model_id, detail);
      return detail;
    },
  };
}
