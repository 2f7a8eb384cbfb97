/** How the selected unit got its value; asked for only while somebody looks. */

import { selectedUnit } from "../../address/selected_unit.js";
import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {import("../../types.js").Explanation} Explanation */
/** @typedef {ReturnType<typeof createUnitNumber>} UnitNumberStore */

/**
 * @typedef {object} UnitNumber
 * @property {"waiting" | "no unit" | "loading" | "ready" | "problem" | "stopped"} phase
 *   waiting: there is no picture, no network or no such layer yet.
 * @property {Explanation | null} answer the newest; while `loading`, still the one before of the
 *   same network
 * @property {Float32Array | null} values of the answer's patch, in C order
 * @property {Float32Array | null} weights of the same
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/** @param {import("../../page_types.js").Context} context */
export function createUnitNumber({ state, api, analysis, network }) {
  const store = createStore(
    /** @type {UnitNumber} */ ({
      phase: "waiting",
      answer: null,
      values: null,
      weights: null,
      problem: null,
    }),
  );
  const latest = createLatest();
  let wanted = "";

  /** @param {Partial<UnitNumber>} changes */
  const publish = (changes) => store.set({ ...store.get(), ...changes });

  /** @param {"waiting" | "no unit"} phase */
  function forget(phase) {
    latest.cancel();
    wanted = "";
    if (store.get().phase === phase) return;
    store.set({ phase, answer: null, values: null, weights: null, problem: null });
  }

  function update() {
    if (network.get().detail === null) {
      // Also while nobody looks: once it is here anew, something else may be true of it.
      forget("waiting");
      return;
    }
    if (state.get().lens !== "number") return;
    const { phase, model, image } = analysis.get();
    const layer = network.selected();
    if (phase === "loading") return;
    const is_ready = phase === "ready" && model && image !== null && layer;
    if (!is_ready || network.get().detail?.id !== model.id) {
      forget("waiting");
      return;
    }
    const unit = selectedUnit(state.get(), layer.output_shape);
    if (unit === null) {
      forget("no unit");
      return;
    }
    const is_vector = layer.output_shape.length === 1;
    load({ model: model.id, layer: layer.id, image, ...(is_vector ? { channel: unit.channel } : unit) });
  }

  /** @param {import("../../api/api.js").UnitQuery & {image: string}} query */
  function load(query) {
    const key = JSON.stringify(query);
    if (key === wanted) return;
    wanted = key;
    publish({ phase: "loading", problem: null });
    latest.run(
      async (signal) => {
        const answer = await api.explanation(query, signal);
        if (!answer.patch) return { answer, values: null, weights: null };
        const numbers = decodeNpy(await api.explanationTerms(query, signal));
        const { terms } = answer.patch;
        return { answer, values: numbers.subarray(0, terms), weights: numbers.subarray(terms) };
      },
      (found) => publish({ phase: "ready", ...found }),
      (error) =>
        publish({
          phase: "problem",
          problem: asProblem(error),
          answer: null,
          values: null,
          weights: null,
        }),
    );
  }

  const ends = [state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** Gives up what is on its way. */
    stop() {
      if (store.get().phase !== "loading") return;
      latest.cancel();
      publish({ phase: "stopped", answer: null, values: null, weights: null });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      wanted = "";
      update();
    },

    destroy() {
      for (const end of ends) end();
      latest.cancel();
    },
  };
}
