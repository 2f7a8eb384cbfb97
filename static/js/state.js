/** The one selection that drives every view, kept in the address so that it can be shared. */

import { createStore } from "./store.js";

/** @typedef {import("./types.js").Selection} Selection */
/** @typedef {ReturnType<typeof createState>} State */

export const LARGEST_TOP = 100;

/**
 * @param {string} search the query part of an address
 * @returns {Selection}
 */
export function selectionFromSearch(search) {
  const parameters = new URLSearchParams(search);
  const top = Number(parameters.get("top"));
  return {
    model: parameters.get("model") || null,
    image: parameters.get("image") || null,
    top: Number.isInteger(top) && top >= 1 && top <= LARGEST_TOP ? top : null,
    scale: parameters.get("scale") === "sigmoid" ? "sigmoid" : "softmax",
  };
}

/**
 * @param {Selection} selection
 * @returns {string} the query part of an address; only what was chosen is in it
 */
export function searchFromSelection(selection) {
  const parameters = new URLSearchParams();
  if (selection.model) parameters.set("model", selection.model);
  if (selection.image) parameters.set("image", selection.image);
  if (selection.top) parameters.set("top", String(selection.top));
  if (selection.scale !== "softmax") parameters.set("scale", selection.scale);
  const search = parameters.toString();
  return search ? `?${search}` : "";
}

export function createState() {
  const store = createStore(selectionFromSearch(window.location.search));
  window.addEventListener("popstate", () => {
    store.set(selectionFromSearch(window.location.search));
  });

  return {
    get: store.get,
    subscribe: store.subscribe,

    /**
     * @param {Partial<Selection>} changes
     * @param {{replace?: boolean}} [options] replace: no new entry in the browser's history
     */
    change(changes, { replace = false } = {}) {
      const previous = store.get();
      const next = { ...previous, ...changes };
      const search = searchFromSelection(next);
      if (search === searchFromSelection(previous)) return;
      const address = window.location.pathname + search;
      if (replace) window.history.replaceState(null, "", address);
      else window.history.pushState(null, "", address);
      store.set(next);
    },
  };
}
