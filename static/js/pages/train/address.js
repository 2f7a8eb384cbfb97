/** What the page shows, kept in its address. */

import { createKeptAddress, wholeNumber } from "../../address/kept_address.js";

/** @typedef {ReturnType<typeof createAddress>} Address */

/**
 * @typedef {object} Shown
 * @property {string | null} run
 * @property {number | null} step of a checkpoint; null: the newest, whichever that is
 * @property {"linear" | "log"} axis of the loss
 * @property {string} sample a digit, or the id of a picture; empty: whatever suits the network
 * @property {string | null} optimiser that the form offers first; null: the recipe's, or the run's
 */

/** @param {URLSearchParams} parameters @returns {Shown} */
const read = (parameters) => ({
  run: parameters.get("run") || null,
  step: wholeNumber(parameters.get("step")),
  axis: parameters.get("axis") === "log" ? "log" : "linear",
  sample: parameters.get("sample") ?? "",
  optimiser: parameters.get("optimiser") || null,
});

/** @param {Shown} shown @returns {[string, string | number | null][]} */
const write = ({ run, step, axis, sample, optimiser }) => [
  ["run", run],
  ["step", step],
  ["axis", axis === "linear" ? null : axis],
  ["sample", sample || null],
  ["optimiser", optimiser],
];

export function createAddress() {
  const kept = createKeptAddress({ read, write });
  return {
    ...kept,

    /** @param {Partial<Shown>} changes */
    change(changes) {
      // Another run is another page to come back to; scrubbing is not.
      const replace = !("run" in changes) || changes.run === kept.get().run;
      // The form shows what that run was trained with.
      const forgotten = replace ? {} : { optimiser: null };
      kept.change({ ...forgotten, ...changes }, { replace });
    },
  };
}
