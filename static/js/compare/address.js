/** Which network and picture stand on each side, kept in the address. */

import { createStore } from "../store.js";

/** @typedef {ReturnType<typeof createAddress>} Address */
/** @typedef {"left" | "right"} Side */
/**
 * @typedef {object} Shown  null: never chosen.
 * @property {string | null} model
 * @property {string | null} image
 * @property {string | null} layer whose map is shown
 * @property {number | null} channel
 */

/** @type {Side[]} */
export const SIDES = ["left", "right"];

/** @param {string} search @returns {Record<Side, Shown>} */
function sidesFromSearch(search) {
  const parameters = new URLSearchParams(search);
  /** @param {Side} side @returns {Shown} */
  const read = (side) => {
    const channel = parameters.get(`${side}_channel`);
    return {
      model: parameters.get(`${side}_model`),
      image: parameters.get(`${side}_image`),
      layer: parameters.get(`${side}_layer`),
      channel: channel !== null && /^\d{1,9}$/.test(channel) ? Number(channel) : null,
    };
  };
  return { left: read("left"), right: read("right") };
}

export function createAddress() {
  const store = createStore(sidesFromSearch(window.location.search));
  window.addEventListener("popstate", () => store.set(sidesFromSearch(window.location.search)));
  return {
    get: store.get,
    subscribe: store.subscribe,

    /** @param {Partial<Record<Side, Partial<Shown>>>} changes */
    change(changes) {
      const before = store.get();
      const next = {
        left: { ...before.left, ...changes.left },
        right: { ...before.right, ...changes.right },
      };
      const parameters = new URLSearchParams();
      for (const side of SIDES) {
        for (const [name, value] of Object.entries(next[side])) {
          if (value !== null) parameters.set(`${side}_${name}`, String(value));
        }
      }
      window.history.pushState(null, "", `${window.location.pathname}?${parameters}`);
      store.set(next);
    },
  };
}
