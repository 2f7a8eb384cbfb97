/** A value kept in the page's address, so that it can be shared and come back to. */

import { createStore } from "../shared/store.js";

/**
 * Browsers ignore, or refuse, more than 100 changes of an address in 30 s, and a drag makes more: so
 * many at once, and from then on one in so many milliseconds.
 */
const WRITES_AT_ONCE = 30;
const BETWEEN_WRITES_MS = 500;

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
  /** When all writes so far would have been due, had each waited for its turn. */
  let due_at = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  window.addEventListener("popstate", () => {
    clearTimeout(waiting);
    store.set(now());
  });

  function replaceNow() {
    due_at = Math.max(due_at, performance.now()) + BETWEEN_WRITES_MS;
    window.history.replaceState(null, "", address(store.get()));
  }

  function replaceSoon() {
    clearTimeout(waiting);
    const early_ms = due_at - performance.now() - WRITES_AT_ONCE * BETWEEN_WRITES_MS;
    if (early_ms <= 0) replaceNow();
    else waiting = setTimeout(replaceNow, early_ms);
  }

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
      if (!replace) {
        // What still waits belongs to the entry that is left.
        clearTimeout(waiting);
        window.history.replaceState(null, "", address(previous));
        window.history.pushState(null, "", address(next));
        store.set(next);
        return;
      }
      store.set(next);
      replaceSoon();
    },
  };
}
