/**
 * A value that can be watched. Listeners are called after every change with the new and the
 * previous value, in the order in which they subscribed.
 *
 * @template T
 * @typedef {object} Store
 * @property {() => T} get
 * @property {(value: T) => void} set
 * @property {(listener: (value: T, previous: T) => void) => () => void} subscribe
 *   Returns the function that ends the subscription.
 */

/**
 * @template T
 * @param {T} initial
 * @returns {Store<T>}
 */
export function createStore(initial) {
  let value = initial;
  /** @type {Set<(value: T, previous: T) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      const previous = value;
      value = next;
      for (const listener of [...listeners]) listener(next, previous);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
