/** What the page shows, kept in its address. */

import { createStore } from "../store.js";

/** @typedef {ReturnType<typeof createAddress>} Address */

/**
 * @typedef {object} Shown
 * @property {string | null} run
 * @property {number | null} step of a checkpoint; null: the newest, whichever that is
 * @property {"linear" | "log"} axis of the loss
 * @property {string} sample a digit, or the id of a picture; empty: whatever suits the network
 */

/** @param {string} search @returns {Shown} */
function shownFromSearch(search) {
  const parameters = new URLSearchParams(search);
  const step = parameters.get("step");
  return {
    run: parameters.get("run") || null,
    step: step !== null && /^\d{1,9}$/.test(step) ? Number(step) : null,
    axis: parameters.get("axis") === "log" ? "log" : "linear",
    sample: parameters.get("sample") ?? "",
  };
}

export function createAddress() {
  const store = createStore(shownFromSearch(window.location.search));
  window.addEventListener("popstate", () => store.set(shownFromSearch(window.location.search)));

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** @param {Partial<Shown>} changes */
    change(changes) {
      const next = { ...store.get(), ...changes };
      const parameters = new URLSearchParams();
      if (next.run !== null) parameters.set("run", next.run);
      if (next.step !== null) parameters.set("step", String(next.step));
      if (next.axis !== "linear") parameters.set("axis", next.axis);
      if (next.sample) parameters.set("sample", next.sample);
      const text = parameters.toString();
      const address = window.location.pathname + (text ? `?${text}` : "");
      // Another run is another page to come back to; scrubbing is not.
      if (next.run === store.get().run) window.history.replaceState(null, "", address);
      else window.history.pushState(null, "", address);
      store.set(next);
    },
  };
}
