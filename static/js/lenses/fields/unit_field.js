/** Where the unit in hand looks: at once while pointing, exactly and by gradient once chosen. */

import { selectedUnit } from "../../address/selected_unit.js";
import { boxesAtOnce } from "../../shared/field_geometry.js";
import { createLatest } from "../../shared/latest.js";
import { decodeHeat, decodeMaps } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {import("../../types.js").Box} Box */
/** @typedef {import("../../address/selected_unit.js").Unit} Unit */
/** @typedef {ReturnType<typeof createUnitField>} UnitFieldStore */

/**
 * @typedef {object} UnitFieldState
 * @property {Unit | null} pointed at with the pointer; goes before the selected one
 * @property {Unit | null} selected
 * @property {{layer: string, unit: Unit} | null} passed  on a walk through the layers, of another than
 *   the selected one perhaps; goes before both
 * @property {Box | null} theoretical of the unit in hand; input pixels, as all here
 * @property {Box | null} reached what it really reads; while pointing as far as the closed form
 *   knows
 * @property {import("../../types.js").UnitField | null} answer of the selected unit
 * @property {Uint8Array | null} mask of the selected unit, where it reads only part of its box
 * @property {import("../../shared/maps.js").Heat | null} heat of the selected unit
 * @property {"reach" | "gradient" | null} awaited of the selected unit
 * @property {{done: number, total: number} | null} progress of the gradient, in pictures of noise
 * @property {boolean} is_stopped what is missing was given up
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/** A unit must rest so long before its gradient is asked for: walking must not queue up work. */
const REST_MS = 150;

/**
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   analysis: import("../../scores/analysis.js").AnalysisStore, network: import("../../network/network.js").Network}}
 *   parts
 */
export function createUnitField({ state, api, analysis, network }) {
  /** @type {UnitFieldState} */
  const nothing = {
    pointed: null,
    selected: null,
    passed: null,
    theoretical: null,
    reached: null,
    answer: null,
    mask: null,
    heat: null,
    awaited: null,
    progress: null,
    is_stopped: false,
    problem: null,
  };
  const store = createStore(nothing);
  const latest = { answer: createLatest(), mask: createLatest(), heat: createLatest() };
  let wanted = "";
  let wanted_heat = "";
  let resting = 0;
  /** What is on its way. @type {Set<keyof typeof latest>} */
  const asking = new Set();

  /** @param {Partial<UnitFieldState>} changes */
  function publish(changes) {
    const is_reach = asking.has("answer") || asking.has("mask");
    /** @type {UnitFieldState["awaited"]} */
    const awaited = is_reach ? "reach" : asking.has("heat") ? "gradient" : null;
    const next = { ...store.get(), awaited, ...changes };
    store.set({ ...next, ...boxes(next) });
  }

  /** @param {UnitFieldState} next @returns {{theoretical: Box | null, reached: Box | null}} */
  function boxes({ pointed, selected, passed, answer }) {
    const layer = passed ? network.get().by_id.get(passed.layer) : network.selected();
    const unit = passed?.unit ?? pointed ?? selected;
    const { detail } = network.get();
    if (!unit || !layer || !detail) return { theoretical: null, reached: null };
    const at_once = boxesAtOnce(layer, unit, detail.input_size);
    const is_answered = passed ? false : !pointed || isSame(pointed, selected);
    if (!answer || !is_answered) return at_once;
    const { theoretical_input_box: theoretical, trunk, input_box } = answer;
    return { theoretical: theoretical ?? null, reached: (trunk ? trunk.input_box : input_box) ?? null };
  }

  function update() {
    const layer = network.selected();
    const unit = layer && selectedUnit(state.get(), layer.output_shape);
    const { detail } = network.get();
    if (!unit || !layer || !detail) {
      forget();
      return;
    }
    const query = {
      model: detail.id,
      layer: layer.id,
      channel: unit.channel,
      ...(layer.output_shape.length < 3 ? {} : { row: unit.row, column: unit.column }),
    };
    loadField(query, unit);
    loadHeat(query);
  }

  function forget() {
    if (wanted === "") return;
    wanted = "";
    wanted_heat = "";
    clearTimeout(resting);
    cancelAll();
    const { passed } = store.get();
    store.set({ ...nothing });
    if (passed) publish({ passed });
  }

  function cancelAll() {
    for (const each of Object.values(latest)) each.cancel();
    asking.clear();
  }

  /**
   * @template T
   * @param {keyof typeof latest} what
   * @param {(signal: AbortSignal) => Promise<T>} job
   * @param {(result: T) => Partial<UnitFieldState>} changesBy
   */
  function ask(what, job, changesBy) {
    asking.add(what);
    publish({ is_stopped: false });
    latest[what].run(
      job,
      (result) => {
        asking.delete(what);
        publish({ progress: null, ...changesBy(result) });
      },
      (error) => {
        asking.delete(what);
        const is_told = what !== "heat" || !analysis.recovers(error);
        publish({ progress: null, ...(is_told ? { problem: asProblem(error) } : {}) });
      },
    );
  }

  /** @param {keyof typeof latest} what */
  function drop(what) {
    latest[what].cancel();
    asking.delete(what);
  }

  /** @param {import("../../api/api.js").UnitQuery} query @param {Unit} unit */
  function loadField(query, unit) {
    const key = JSON.stringify(query);
    if (key === wanted) return;
    wanted = key;
    drop("mask");
    publish({ selected: unit, answer: null, mask: null, heat: null, problem: null });
    ask(
      "answer",
      (signal) => api.unitField(query, signal),
      (answer) => {
        if (((answer.trunk ?? answer).touched_fraction ?? 1) < 1) loadMask(query);
        return { answer };
      },
    );
  }

  /** @param {import("../../api/api.js").UnitQuery} query */
  function loadMask(query) {
    ask(
      "mask",
      (signal) => api.unitMask(query, signal),
      (body) => ({ mask: decodeMaps(body).codes }),
    );
  }

  /** @param {import("../../api/api.js").UnitQuery} query */
  function loadHeat(query) {
    const { phase, image, model } = analysis.get();
    const { shows } = state.get();
    const is_ready = phase === "ready" && image !== null && model?.id === query.model;
    const source = shows.includes("noise") ? { pictures: NOISE_PICTURES } : { image };
    const key = is_ready && shows.includes("heat") ? JSON.stringify([query, source]) : "";
    if (key === wanted_heat) return;
    wanted_heat = key;
    clearTimeout(resting);
    drop("heat");
    publish({ heat: null, progress: null });
    if (key === "") {
      if (store.get().answer) publish({ is_stopped: false });
      return;
    }
    resting = setTimeout(() => {
      ask(
        "heat",
        (signal) => api.effectiveField({ ...query, ...source, format: "u8" }, signal, tell),
        (body) => ({ heat: decodeHeat(body) }),
      );
    }, REST_MS);
  }

  /** @param {number} done @param {number} total */
  function tell(done, total) {
    if (asking.has("heat") && total > 0) publish({ progress: { done, total } });
  }

  const ends = [state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** @param {Unit | null} unit under the pointer */
    point(unit) {
      if (isSame(unit, store.get().pointed)) return;
      publish({ pointed: unit });
    },

    /** Draws at once where a unit of any layer looks; nothing is asked. @param {UnitFieldState["passed"]} passed */
    pass(passed) {
      if (passed !== store.get().passed) publish({ passed });
    },

    /** Gives up what is on its way; what is known stays. */
    stop() {
      clearTimeout(resting);
      cancelAll();
      publish({ is_stopped: true, progress: null });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      wanted = "";
      wanted_heat = "";
      update();
    },

    destroy() {
      for (const end of ends) end();
      forget();
    },
  };
}

/** Over how many pictures of noise a gradient is averaged. */
export const NOISE_PICTURES = 16;

/** @param {Unit | null} one @param {Unit | null} other */
function isSame(one, other) {
  if (!one || !other) return one === other;
  return one.channel === other.channel && one.row === other.row && one.column === other.column;
}
