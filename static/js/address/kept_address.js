/** A value kept in the page's address, so that it can be shared and come back to. */

import { createStore } from "../shared/store.js";

/** @param {string | null} text @returns {number | null} a whole number from 0 */
export const wholeNumber = (text) =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;

/**
 * @template {object} T
 * @param {object} parts
 * @param {(parameters: URLSearchParams) => T} parts.read
 * @param {(value: T) => Iterable<readonly [string, string | number | null]>} parts.write what
 *   stands in the address; null is left out
 */
export function createKeptAddress({ read, write }) {
  const now = () => read(new URLSearchParams(window.location.search));
  const store = createStore(now());
  window.addEventListener("popstate", () => store.set(now()));

  /** @param {T} value @returns {string} */
  function address(value) {
    const given = [...write(value)].filter(([, part]) => part !== null);
    const search = new URLSearchParams(given.map(([name, part]) => [name, String(part)]));
    return window.location.pathname + (given.length > 0 ? `?${search}` : "");
  }

  return {
    get: store.get,
    subscribe: store.subscribe,

    /**
     * @param {Partial<T>} changes
     * @param {{replace?: boolean}} [options] replace: no new entry in the browser's history
     */
    change(changes, { replace = false } = {}) {
      const previous = store.get();
      const next = { ...previous, ...changes };
      if (address(next) === address(previous)) return;
      window.history[replace ? "replaceState" : "pushState"](null, "", address(next));
      store.set(next);
    },
  };
}
