/** The networks on the plot, with their layers, in the order in which they were chosen. */

import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { originOf } from "./address.js";

/** @typedef {import("../../types.js").ModelDetail} ModelDetail */
/** @typedef {ReturnType<typeof createNetworks>} Networks */

/**
 * @typedef {object} NetworksState
 * @property {ModelDetail[]} shown
 * @property {string[]} loading ids
 * @property {import("../../shared/problem.js").Problem | null} problem of the last that could not be had
 */

/** What stands on the plot until someone chooses: from the oldest design to the deepest. */
const USUAL = ["alexnet.random", "vgg16.random", "googlenet.random", "resnet50.random"];

/**
 * @param {{api: import("../../api/api.js").Api, address: import("./address.js").Address}} parts
 */
export function createNetworks({ api, address }) {
  const store = createStore(
    /** @type {NetworksState} */ ({ shown: [], loading: [], problem: null }),
  );
  /** @type {Map<string, ModelDetail>} */
  const known = new Map();
  /** @type {Set<string>} */
  const asked = new Set();

  /** @returns {string[]} until somebody chooses, the network they come from and others beside it */
  function wanted() {
    const { models, from } = address.get();
    if (models) return models;
    const origin = originOf(from);
    if (!origin) return USUAL;
    /** @param {string} id its weights do not change what its units see */
    const designOf = (id) => id.split(".")[0];
    return [origin.model, ...USUAL.filter((id) => designOf(id) !== designOf(origin.model))];
  }

  function publish() {
    const ids = wanted();
    store.set({
      ...store.get(),
      shown: ids.flatMap((id) => known.get(id) ?? []),
      loading: ids.filter((id) => asked.has(id)),
    });
  }

  /** @param {string} id */
  async function load(id) {
    asked.add(id);
    try {
      const detail = await api.model(id);
      known.set(id, detail);
      asked.delete(id);
    } catch (error) {
      asked.delete(id);
      store.set({ ...store.get(), problem: asProblem(error) });
      remove(id);
    }
    publish();
  }

  /** @param {string} id */
  function remove(id) {
    const { table } = address.get();
    address.change({
      models: wanted().filter((other) => other !== id),
      table: table === id ? null : table,
    });
  }

  function update() {
    for (const id of wanted()) {
      if (!known.has(id) && !asked.has(id)) load(id);
    }
    publish();
  }
  address.subscribe(update);
  update();

  return {
    get: store.get,
    subscribe: store.subscribe,
    remove,

    /** @param {string} id */
    add(id) {
      store.set({ ...store.get(), problem: null });
      if (!wanted().includes(id)) address.change({ models: [...wanted(), id] });
    },
  };
}
