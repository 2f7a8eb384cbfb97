/** What the selected layer computed: its maps, their statistics, and exact values on demand. */

import { rivalOf } from "../../shared/contrast.js";
import { createLatest } from "../../shared/latest.js";
import { decodeMaps, decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {import("../../shared/maps.js").LayerMaps} LayerMaps */
/** @typedef {ReturnType<typeof createLayerMaps>} LayerMapsStore */

/**
 * @typedef {object} LayerState
 * @property {"waiting" | "loading" | "ready" | "problem" | "stopped"} phase
 *   waiting: there is no picture, no network or no such layer yet.
 * @property {LayerMaps | null} maps the newest; while `loading`, still those from before of the
 *   same network
 * @property {import("../../types.js").LayerStatistics | null} statistics of these maps' layer
 * @property {"here" | "loading" | "stopped" | "problem"} measuring whether the newest statistics
 *   are here
 * @property {import("../../shared/problem.js").Problem | null} measuring_problem maps are there
 *   without statistics all the same
 * @property {number | null} class_index that the statistics' contributions are to
 * @property {number | null} rival that this class is told apart from
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/** Below this a layer's exact values are fetched at once, above it channel by channel. */
const WHOLE_LAYER_BYTES = 2 ** 21;

/**
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   analysis: import("../../scores/analysis.js").AnalysisStore, network: import("../../network/network.js").Network}}
 *   parts
 */
export function createLayerMaps({ state, api, analysis, network }) {
  /** @type {LayerState} */
  const nothing = {
    phase: "waiting",
    maps: null,
    statistics: null,
    measuring: "here",
    measuring_problem: null,
    class_index: null,
    rival: null,
    problem: null,
  };
  const store = createStore(nothing);
  const latest_maps = createLatest();
  const latest_statistics = createLatest();
  let wanted_maps = "";
  let wanted_statistics = "";
  /**
   * Statistics that came before the maps of their layer: beside others they would be wrong.
   *
   * @type {Pick<LayerState, "statistics" | "class_index" | "rival"> | null}
   */
  let early = null;

  /** Exact values by channel, of the maps that are shown. @type {Map<number, Float32Array>} */
  const exact = new Map();
  /** @type {Set<number>} */
  const asked = new Set();
  const exact_arrivals = createStore(0);

  /** @param {Partial<LayerState>} changes */
  const publish = (changes) => store.set({ ...store.get(), ...changes });

  /** The class that contributions are to: the one chosen, else the highest. */
  function wantedClass() {
    const { sort, class_index } = state.get();
    if (sort !== "contribution") return null;
    return class_index ?? analysis.get().prediction?.classes[0]?.index ?? null;
  }

  function forget() {
    latest_maps.cancel();
    latest_statistics.cancel();
    wanted_maps = "";
    wanted_statistics = "";
    early = null;
    store.set(nothing);
  }

  function update() {
    const { phase, model, image } = analysis.get();
    const layer = network.selected();
    if (network.get().detail === null) {
      // What a former network computed says nothing of this one.
      forget();
      return;
    }
    if (phase === "loading") return;
    if (phase !== "ready" || !model || image === null || !layer) {
      forget();
      return;
    }
    if (network.get().detail?.id !== model.id) return;
    const query = { model: model.id, image, layer: layer.id };
    // One number has no range of its own.
    const [, height = 1, width = 1] = layer.output_shape;
    loadMaps({ ...query, scale: height * width === 1 ? "layer" : state.get().range });
    loadStatistics(query, wantedClass());
  }

  /** @param {{model: string, image: string, layer: string, scale: "channel" | "layer"}} query */
  function loadMaps(query) {
    const key = JSON.stringify(query);
    if (key === wanted_maps) return;
    wanted_maps = key;
    publish({ phase: "loading", problem: null });
    latest_maps.run(
      (signal) => api.activations({ ...query, format: "u8" }, signal),
      (body) => {
        performance.mark("convscope-maps-answer");
        const maps = decodeMaps(body);
        const before = store.get().maps;
        const same = before && isSameLayer(before, maps);
        if (!same) {
          exact.clear();
          asked.clear();
        }
        publish({ phase: "ready", maps, ...fitting(maps) });
      },
      fail,
    );
  }

  /**
   * The newest statistics of these maps' layer.
   *
   * @param {LayerMaps} maps
   * @returns {Pick<LayerState, "statistics" | "class_index" | "rival">}
   */
  function fitting(maps) {
    const { statistics, class_index, rival } = store.get();
    const known = [early, { statistics, class_index, rival }];
    early = null;
    const found = known.find((each) => each?.statistics && isSameLayer(each.statistics, maps));
    return found ?? { statistics: null, class_index: null, rival: null };
  }

  /** @param {unknown} error */
  function fail(error) {
    if (analysis.recovers(error)) return;
    publish({ phase: "problem", problem: asProblem(error), maps: null });
  }

  /**
   * @param {{model: string, image: string, layer: string}} query
   * @param {number | null} class_index
   */
  function loadStatistics(query, class_index) {
    const rival = rivalOf(state.get(), class_index);
    const key = JSON.stringify([query, class_index, rival]);
    if (key === wanted_statistics) return;
    wanted_statistics = key;
    publish({ measuring: "loading", measuring_problem: null });
    latest_statistics.run(
      (signal) =>
        api.layerStatistics(
          class_index === null ? query : { ...query, class: class_index, rival },
          signal,
        ),
      (statistics) => {
        const { maps } = store.get();
        early = { statistics, class_index, rival };
        const is_of_these = maps !== null && isSameLayer(statistics, maps);
        publish({ measuring: "here", ...(is_of_these ? fitting(maps) : {}) });
      },
      (error) => {
        if (analysis.recovers(error)) return;
        publish({ measuring: "problem", measuring_problem: asProblem(error) });
      },
    );
  }

  const subscriptions = [analysis, network].map((source) => source.subscribe(update));
  subscriptions.push(state.subscribe(update));

  /**
   * @param {LayerMaps} maps
   * @param {number | null} channel null: all of them
   */
  async function fetchExact(maps, channel) {
    const { model, image, layer } = maps;
    const channels = channel === null ? undefined : String(channel);
    const body = await api.activations({ model, image, layer, format: "npy", channels });
    if (store.get().maps === null || !isSameLayer(/** @type {any} */ (store.get().maps), maps)) {
      return;
    }
    const values = decodeNpy(body);
    const size = maps.height * maps.width;
    if (channel !== null) exact.set(channel, values);
    else {
      for (let index = 0; index < maps.count; index += 1) {
        exact.set(index, values.subarray(index * size, (index + 1) * size));
      }
    }
    exact_arrivals.set(exact_arrivals.get() + 1);
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    /** Changes whenever exact values have come. */
    exact_arrivals,

    /** Whether the maps are those of what is selected now, and not what still stands from before. */
    isCurrent() {
      const { maps } = store.get();
      const { phase, image } = analysis.get();
      return (
        maps !== null &&
        phase !== "loading" &&
        maps.model === network.get().detail?.id &&
        maps.layer === network.selectedId() &&
        maps.image === image
      );
    },

    /** Gives up what is on its way. Maps of another layer do not stay in this one's place. */
    stop() {
      const { phase, measuring } = store.get();
      latest_statistics.cancel();
      if (phase === "loading") {
        latest_maps.cancel();
        publish({ phase: "stopped", maps: null, measuring: "stopped" });
      } else if (measuring === "loading") publish({ measuring: "stopped" });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      if (store.get().phase !== "ready") wanted_maps = "";
      wanted_statistics = "";
      update();
    },

    /**
     * The value that the network computed, or null while it is being fetched.
     *
     * @param {number} channel
     * @param {number} row
     * @param {number} column
     */
    exactValue(channel, row, column) {
      const values = this.exactMap(channel);
      return values && values[row * (store.get().maps?.width ?? 1) + column];
    },

    /**
     * All values of a channel as the network computed them, or null while they are being fetched.
     *
     * @param {number} channel
     */
    exactMap(channel) {
      const { maps } = store.get();
      if (!maps) return null;
      const values = exact.get(channel);
      if (values) return values;
      const whole = maps.codes.length * 4 <= WHOLE_LAYER_BYTES;
      if (!asked.has(channel)) {
        if (whole) for (let index = 0; index < maps.count; index += 1) asked.add(index);
        else asked.add(channel);
        fetchExact(maps, whole ? null : channel).catch((error) => {
          asked.clear();
          if (!analysis.recovers(error)) publish({ problem: asProblem(error) });
        });
      }
      return null;
    },

    destroy() {
      for (const end of subscriptions) end();
      forget();
    },
  };
}

/**
 * @param {{model: string, image: string, layer: string}} one
 * @param {{model: string, image: string, layer: string}} other
 */
function isSameLayer(one, other) {
  return one.model === other.model && one.image === other.image && one.layer === other.layer;
}
