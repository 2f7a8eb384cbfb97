/** The filters of the selected layer, fetched while they are looked at. */

import { descending } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodeFilters } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {ReturnType<typeof createFilterBank>} FilterBankStore */

/**
 * @typedef {object} FilterBankState
 * @property {"waiting" | "loading" | "ready" | "none" | "problem" | "stopped"} phase
 *   none: the layer has no filters
 * @property {import("../../types.js").LayerFilters | null} facts
 * @property {import("../../shared/maps.js").FilterWeights | null} weights those that are shown
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/** What is fetched to be drawn, at most: the first filters of a layer with more. */
const MOST_WEIGHTS = 12e6;

/**
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   network: import("../../network/network.js").Network}} parts
 */
export function createFilterBank({ state, api, network }) {
  /** @type {FilterBankState} */
  const nothing = { phase: "waiting", facts: null, weights: null, problem: null };
  const store = createStore(nothing);
  const latest = createLatest();
  let wanted = "";

  function update() {
    const layer = network.selected();
    const { detail } = network.get();
    const { lens, range } = state.get();
    if (detail === null && wanted !== "") {
      wanted = "";
      latest.cancel();
      store.set(nothing);
    }
    if (lens !== "filters" || !layer || !detail) return;
    if (!layer.has_filters) {
      const { phase } = store.get();
      wanted = "";
      latest.cancel();
      if (phase !== "none") store.set({ ...nothing, phase: "none" });
      return;
    }
    const query = { model: detail.id, layer: layer.id };
    const key = JSON.stringify([query, range]);
    if (key === wanted) return;
    wanted = key;
    const { facts } = store.get();
    const same = facts?.model === query.model && facts.layer === query.layer;
    store.set({ ...(same ? store.get() : nothing), phase: "loading", problem: null });
    latest.run(
      (signal) => load(query, range, signal),
      (found) => store.set({ phase: "ready", ...found, problem: null }),
      (error) => store.set({ ...nothing, phase: "problem", problem: asProblem(error) }),
    );
  }

  /**
   * @param {import("../../api/api.js").LayerQuery} query
   * @param {import("../../page_types.js").Range} scale
   * @param {AbortSignal} signal
   */
  async function load(query, scale, signal) {
    const facts = await api.filters(query, signal);
    const [count, inputs, height, width] = facts.shape;
    const fitting = Math.max(1, Math.floor(MOST_WEIGHTS / (inputs * height * width)));
    const channels = fitting < count ? `0-${fitting - 1}` : undefined;
    const body = await api.filterWeights({ ...query, format: "u8", scale, channels }, signal);
    return { facts, weights: decodeFilters(body) };
  }

  const ends = [state, network].map((source) => source.subscribe(update));
  update();

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** Gives up what is on its way. */
    stop() {
      if (store.get().phase !== "loading") return;
      latest.cancel();
      store.set({ ...nothing, phase: "stopped" });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      wanted = "";
      update();
    },

    /**
     * The closest layer with filters, by steps over inputs, else over readers.
     *
     * @returns {string | null}
     */
    nearest() {
      const { by_id } = network.get();
      const selected = network.selected();
      if (!selected) return null;
      /** @type {((id: string) => string[])[]} */
      const ways = [
        (id) => by_id.get(id)?.inputs ?? [],
        (id) => [...by_id.values()].flatMap((layer) => (layer.inputs.includes(id) ? layer.id : [])),
      ];
      for (const neighbours of ways) {
        const waiting = new Set([selected.id]);
        // A set hands out what is added to it while it is gone through.
        for (const id of waiting) {
          if (by_id.get(id)?.has_filters) return id;
          for (const other of neighbours(id)) waiting.add(other);
        }
      }
      return null;
    },

    /** @returns {number[]} the filters that are here, in the order that was chosen */
    order() {
      const { facts, weights } = store.get();
      if (!facts || !weights) return [];
      const here = weights.indices;
      const { filter_order } = state.get();
      if (filter_order === "index") return here;
      if (filter_order === "similarity") {
        if (!facts.order) return here;
        if (here.length === facts.order.length) return facts.order;
        const known = new Set(here);
        return facts.order.filter((index) => known.has(index));
      }
      const { filters } = facts;
      return [...here].sort(
        (one, other) =>
          descending(filters[one][filter_order], filters[other][filter_order]) || one - other,
      );
    },

    /** @returns {number | null} the chosen filter, if the layer has it */
    chosen() {
      const { channel } = state.get();
      const { facts } = store.get();
      const layer = network.selected();
      if (!facts || channel === null || facts.layer !== layer?.id) return null;
      return channel < facts.shape[0] ? channel : null;
    },

    destroy() {
      for (const end of ends) end();
      latest.cancel();
    },
  };
}
