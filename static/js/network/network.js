/** The layers of the network that is open, and which of them is selected. */

import { createLatest } from "../shared/latest.js";
import { asProblem } from "../shared/problem.js";
import { createStore } from "../shared/store.js";
import { openingLayer } from "./opening_layer.js";
import { createStandpoint } from "./standpoint.js";

/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {ReturnType<typeof createNetwork>} Network */

/**
 * @typedef {object} NetworkLayers
 * @property {"loading" | "ready" | "problem" | "stopped"} phase
 * @property {import("../types.js").ModelDetail | null} detail of the model that is open; null
 *   until it is here
 * @property {Map<string, Layer>} by_id in execution order
 * @property {{done: number, total: number} | null} progress modules traced, of a network whose
 *   layers are not known yet
 * @property {import("../shared/problem.js").Problem | null} problem
 */

/**
 * @param {{state: import("../address/state.js").State, catalogue: import("../models/catalogue.js").Catalogue,
 *   pictures: import("../picture/pictures.js").Pictures,
 *   analysis: import("../scores/analysis.js").AnalysisStore}} parts
 */
export function createNetwork({ state, catalogue, pictures, analysis }) {
  const store = createStore(
    /** @type {NetworkLayers} */ ({
      phase: "loading",
      detail: null,
      by_id: new Map(),
      progress: null,
      problem: null,
    }),
  );
  const latest = createLatest();
  let model_id = "";

  const nothing = { detail: null, by_id: new Map(), progress: null, problem: null };

  function forget() {
    latest.cancel();
    store.set({ ...nothing, phase: "loading" });
  }

  function load() {
    forget();
    latest.run(
      (signal) =>
        catalogue.detail(model_id, signal, (done, total) => {
          if (!signal.aborted && total) store.set({ ...store.get(), progress: { done, total } });
        }),
      (detail) => {
        const by_id = new Map(detail.layers.map((layer) => [layer.id, layer]));
        store.set({ ...nothing, phase: "ready", detail, by_id });
      },
      (error) => store.set({ ...nothing, phase: "problem", problem: asProblem(error) }),
    );
  }

  analysis.subscribe(({ model }) => {
    const id = model?.id ?? "";
    if (id === model_id) return;
    model_id = id;
    if (model) load();
    else forget();
  });

  /** @returns {string | null} the id that is selected, be there such a layer or not */
  function selectedId() {
    const { detail } = store.get();
    return state.get().layer ?? (detail ? openingLayer(detail) : null);
  }

  /** @returns {Layer | null} null while loading, or if the address names a layer that is not */
  const selected = () => store.get().by_id.get(selectedId() ?? "") ?? null;

  const layers = { get: store.get, subscribe: store.subscribe, selected };
  const standpoint = createStandpoint({ state, pictures, analysis, network: layers });

  return {
    ...layers,
    standpoint,

    /** Asks again after a problem, or after it was stopped. */
    reload: load,

    /** Gives up tracing. */
    stop() {
      latest.cancel();
      store.set({ ...nothing, phase: "stopped" });
    },

    selectedId,

    /**
     * Opens a layer at the place of the picture that is looked at.
     *
     * @param {string} layer_id
     * @param {{replace?: boolean}} [options]
     */
    select(layer_id, options) {
      if (layer_id === selectedId()) return;
      state.change({ ...standpoint.unitIn(layer_id), layer: layer_id, pins: [] }, options);
    },

    /**
     * The layer so many places further in execution order, as far as there are layers.
     *
     * @param {number} places
     */
    step(places) {
      const ids = [...store.get().by_id.keys()];
      const at = ids.indexOf(selectedId() ?? "");
      const next = ids[Math.min(Math.max(at + places, 0), ids.length - 1)];
      if (next !== undefined) this.select(next, { replace: true });
    },
  };
}
