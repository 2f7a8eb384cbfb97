/** Which channels of the open layer react to the place of the picture that was pointed at. */

import { imageFor } from "../../scores/analysis.js";
import { createLatest } from "../../shared/latest.js";
import { inputPoint, placeNearest } from "../../shared/places.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {ReturnType<typeof createLook>} LookStore */

/**
 * @typedef {object} Look
 * @property {"none" | "waiting" | "outside" | "no place" | "loading" | "ready" | "problem"
 *   | "stopped"} phase
 *   none: nothing was pointed at; outside: the network does not see it; no place: the units of the
 *   layer have none, each sees everything; waiting: what is needed to ask is not here yet
 * @property {import("../../shared/places.js").Point | null} point of the input
 * @property {import("../../shared/places.js").Place | null} place of the layer
 * @property {import("../../types.js").Reactions | null} answer of this place; while `loading` in
 *   another order, still the one before
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/** How many channels are told. */
export const MOST_CHANNELS = 8;

/** @param {number[]} shape of a layer @returns {boolean} whether its units stand at different places */
export const hasPlaces = ([, height = 1, width = 1]) => height * width > 1;

/**
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   analysis: import("../../scores/analysis.js").AnalysisStore, network: import("../../network/network.js").Network}}
 *   parts
 */
export function createLook({ state, api, analysis, network }) {
  /** @type {Look} */
  const nothing = { phase: "none", point: null, place: null, answer: null, problem: null };
  const store = createStore(nothing);
  const latest = createLatest();
  let wanted = "";
  /** Whether a person pointed at this place just now, so that the first channel is selected for them. */
  let is_pointed = false;
  /** Whether a unit was selected when the place was pointed at, or has been since. */
  let had_unit = false;

  /** @param {Look["phase"]} phase @param {Partial<Look>} [more] */
  function rest(phase, more = {}) {
    latest.cancel();
    wanted = "";
    is_pointed &&= phase === "waiting";
    if (phase === "none" && store.get().phase === "none") return;
    store.set({ ...nothing, phase, ...more });
  }

  function update() {
    const { look, look_by: order } = state.get();
    if (look === null) {
      rest("none");
      return;
    }
    const { phase, seen, image, model } = analysis.get();
    const { detail } = network.get();
    const layer = network.selected();
    const fits = seen && seen.image === image && detail && seen.model === detail.id;
    if (phase === "loading" && store.get().phase !== "none") return;
    if (phase !== "ready" || !fits || image === null || model?.id !== detail.id || !layer) {
      rest("waiting");
      return;
    }
    const { height, width } = seen.input_size;
    const point = inputPoint({ y: look[0] + 0.5, x: look[1] + 0.5 }, seen);
    if (point.y < 0 || point.x < 0 || point.y >= height || point.x >= width) {
      rest("outside", { point });
      return;
    }
    if (!hasPlaces(layer.output_shape)) {
      rest("no place", { point });
      return;
    }
    const place = placeNearest(layer, point, seen.input_size);
    load({ model: detail.id, layer: layer.id, image, ...place, order, count: MOST_CHANNELS }, point);
  }

  /**
   * @param {Parameters<typeof api.reactions>[0]} query
   * @param {import("../../shared/places.js").Point} point
   */
  function load(query, point) {
    const key = JSON.stringify(query);
    const { row, column } = query;
    const found = { ...nothing, point, place: { row, column } };
    if (key === wanted) {
      // The page's own first unit, on its way since before, takes nothing away from who pointed.
      is_pointed &&= !had_unit && store.get().phase === "loading";
      had_unit = state.get().channel !== null;
      if (point.y !== store.get().point?.y || point.x !== store.get().point?.x) {
        store.set({ ...store.get(), point });
      }
      return;
    }
    wanted = key;
    const { answer } = store.get();
    const is_same = /** @type {const} */ (["model", "layer", "image", "row", "column"]).every(
      (name) => answer?.[name] === query[name],
    );
    store.set({ ...found, phase: "loading", answer: is_same ? answer : null });
    latest.run(
      (signal) => api.reactions(query, signal),
      (reactions) => {
        store.set({ ...store.get(), phase: "ready", answer: reactions });
        const [first] = reactions.channels;
        if (is_pointed && first) {
          state.change({ channel: first.channel, row, column, pins: [] }, { replace: true });
        }
        is_pointed = false;
      },
      (error) => {
        if (analysis.recovers(error)) return;
        store.set({ ...store.get(), phase: "problem", answer: null, problem: asProblem(error) });
      },
    );
  }

  // What was pointed at in one picture says nothing of another.
  const end_clearing = state.subscribe((selection, previous) => {
    const { model } = analysis.get();
    const shown = model && imageFor(model, selection.image);
    const before = model && imageFor(model, previous.image);
    if (selection.look === null || selection.look !== previous.look || shown === before) return;
    state.change({ look: null }, { replace: true });
  });
  const ends = [state, analysis, network].map((source) => source.subscribe(update));
  update();

  return {
    get: store.get,
    subscribe: store.subscribe,

    /**
     * Ranks the channels at a pixel of the picture, and selects the unit of the first; opens the maps
     * of the layer, where they are told.
     *
     * @param {number} row
     * @param {number} column
     */
    at(row, column) {
      is_pointed = true;
      had_unit = state.get().channel !== null;
      const is_first = state.get().look === null;
      const there = { look: /** @type {[number, number]} */ ([row, column]), pixel: null };
      state.change({ ...there, lens: "maps", tab: "layer" }, { replace: !is_first });
    },

    close() {
      state.change({ look: null });
    },

    /** Gives up what is on its way. */
    stop() {
      if (store.get().phase !== "loading") return;
      latest.cancel();
      is_pointed = false;
      store.set({ ...store.get(), phase: "stopped", answer: null });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      wanted = "";
      update();
    },

    destroy() {
      end_clearing();
      for (const end of ends) end();
      latest.cancel();
    },
  };
}
