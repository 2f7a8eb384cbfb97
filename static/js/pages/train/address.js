/** What the page shows, kept in its address. */

import { createKeptAddress, wholeNumber } from "../../address/kept_address.js";

/** @typedef {ReturnType<typeof createAddress>} Address */

/**
 * @typedef {object} Shown
 * @property {string | null} run
 * @property {number | null} step of a checkpoint; null: the newest, whichever that is
 * @property {"linear" | "log"} axis of the loss
 * @property {string} sample a digit, or the id of a picture; empty: whatever suits the network
 * @property {string | null} other a second run, whose curves stand beside those of the first
 * @property {string | null} optimiser that the form offers first; null: the recipe's, or the run's
 */

/** @param {URLSearchParams} parameters */
const pair = (parameters) => (parameters.get("runs") ?? "").split(",").map((id) => id.trim());

/** @param {URLSearchParams} parameters @returns {Shown} */
const read = (parameters) => ({
  run: parameters.get("run") || pair(parameters)[0] || null,
  other: pair(parameters)[1] || null,
  step: wholeNumber(parameters.get("step")),
  axis: parameters.get("axis") === "log" ? "log" : "linear",
  sample: parameters.get("sample") ?? "",
  optimiser: parameters.get("optimiser") || null,
});

/** @param {Shown} shown @returns {[string, string | number | null][]} */
const write = ({ run, other, step, axis, sample, optimiser }) => [
  ["run", other === null ? run : null],
  ["runs", other === null ? null : `${run},${other}`],
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
      const is_same = !("run" in changes) || changes.run === kept.get().run;
      const replace = is_same && !("other" in changes);
      // The form shows what that run was trained with.
      const forgotten = is_same ? {} : { optimiser: null, other: null };
      kept.change({ ...forgotten, ...changes }, { replace });
    },
  };
}
