/** Whether numbers are shown with all of their digits: a part of the selection, watched alone. */

/** @typedef {ReturnType<typeof createExact>} Exact */

/** @param {import("./state.js").State} state */
export function createExact(state) {
  const get = () => state.get().all_digits;
  return {
    get,

    /** @param {boolean} all_digits */
    set: (all_digits) => state.change({ all_digits }, { replace: true }),

    /** @param {() => void} listener @returns {() => void} ends it */
    subscribe: (listener) =>
      state.subscribe((selection, previous) => {
        if (selection.all_digits !== previous.all_digits) listener();
      }),
  };
}
