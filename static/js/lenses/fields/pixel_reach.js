/** Which units of every layer the chosen pixel of the input reaches. */

import { createLatest } from "../../shared/latest.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {import("../../types.js").ReachedLayer} ReachedLayer */
/** @typedef {ReturnType<typeof createPixelReach>} PixelReachStore */

/**
 * @typedef {object} PixelReach
 * @property {[number, number] | null} pixel row and column of the input; null: none is chosen
 * @property {boolean} is_outside this network's input does not have it
 * @property {boolean} is_cut a place of the picture was pointed at that the network does not see
 * @property {Map<string, ReachedLayer>} layers by id, in the order of execution; none until they
 *   are here
 * @property {string | null} first_gate that carries the pixel everywhere, which is left out here
 * @property {boolean} is_asking
 * @property {boolean} is_stopped
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/**
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   network: import("../../network/network.js").Network}} parts
 */
export function createPixelReach({ state, api, network }) {
  /** @type {PixelReach} */
  const nothing = {
    pixel: null,
    is_outside: false,
    is_cut: false,
    layers: new Map(),
    first_gate: null,
    is_asking: false,
    is_stopped: false,
    problem: null,
  };
  const store = createStore(nothing);
  const latest = createLatest();
  let wanted = "";
  let awaits_network = false; // a pixel was asked for before the size of the input was known

  function update() {
    const { pixel } = state.get();
    const { detail } = network.get();
    if (awaits_network && (pixel || detail)) {
      awaits_network = false;
      if (!pixel) {
        chooseMiddle();
        return;
      }
    }
    const key = pixel && detail ? JSON.stringify([detail.id, pixel]) : "";
    if (key === wanted) return;
    wanted = key;
    latest.cancel();
    if (!pixel || !detail) {
      store.set(nothing);
      return;
    }
    const [row, column] = pixel;
    const { height, width } = detail.input_size;
    if (row >= height || column >= width) {
      store.set({ ...nothing, pixel, is_outside: true });
      return;
    }
    store.set({ ...nothing, pixel, is_asking: true });
    latest.run(
      (signal) => api.projectiveFields({ model: detail.id, row, column, gates: false }, signal),
      ({ layers, first_gate }) =>
        store.set({
          ...nothing,
          pixel,
          layers: new Map(layers.map((found) => [found.layer, found])),
          first_gate,
        }),
      (error) => store.set({ ...nothing, pixel, problem: asProblem(error) }),
    );
  }
  const ends = [state, network].map((source) => source.subscribe(update));
  update();

  /** @param {number} row @param {number} column */
  function choose(row, column) {
    const is_first = state.get().pixel === null;
    state.change(
      { pixel: [row, column], look: null, lens: "maps", ...(is_first ? { tab: "layer" } : {}) },
      { replace: !is_first },
    );
    if (store.get().is_cut) store.set({ ...store.get(), is_cut: false });
  }

  function chooseMiddle() {
    const { detail } = network.get();
    awaits_network = detail === null;
    if (!detail) return;
    const { height, width } = detail.input_size;
    choose(Math.floor(height / 2), Math.floor(width / 2));
  }

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** Opens the layer's maps, where it is to be seen. */
    choose,

    /** The picture goes on there, but the network does not see it. */
    chooseCut() {
      store.set({ ...store.get(), is_cut: true });
    },

    /** A pixel in the middle, as soon as the network is here, or none any more. */
    toggle() {
      if (state.get().pixel) state.change({ pixel: null });
      else if (awaits_network) awaits_network = false;
      else chooseMiddle();
    },

    /** Gives up what is on its way. */
    stop() {
      latest.cancel();
      store.set({ ...store.get(), is_asking: false, is_stopped: true });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      wanted = "";
      update();
    },

    destroy() {
      for (const end of ends) end();
      latest.cancel();
    },
  };
}
