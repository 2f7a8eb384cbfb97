/** The way that led down to the selected unit, kept in the address, and walking it by itself. */

import { selectedUnit } from "../../address/selected_unit.js";
import { openingLayer } from "../../network/opening_layer.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { TERMS, largestOperand } from "./largest.js";

/** @typedef {{layer: string, channel: number, row: number | null, column: number | null}} Stop  a unit on the way */
/** @typedef {ReturnType<typeof createTrail>} Trail */

/**
 * @typedef {object} Walk
 * @property {boolean} is_running
 * @property {Stop | null} at
 * @property {number} steps taken so far
 * @property {number} share of the network's layers that lie behind
 * @property {"" | "pixel" | "end" | "stopped"} ended how the last one did
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/** So long each unit is shown at least, so that the box can be seen to shrink. */
const STEP_MS = 60;
const stands_still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {import("../../page_types.js").Context} context */
export function createTrail({ state, api, analysis, network, unit_field }) {
  /** @type {Walk} */
  const nothing = { is_running: false, at: null, steps: 0, share: 0, ended: "", problem: null };
  const store = createStore(nothing);
  /** What units were found to say, by `key`. @type {Map<string, number | null>} */
  const values = new Map();
  let known_of = "";
  /** @type {AbortController | null} */
  let walking = null;
  /** @type {{way: Stop[], unit: Stop} | null} how far the walk is */
  let reached = null;

  const ids = () => [...network.get().by_id.keys()];

  /** @param {Stop} stop @returns {number[]} as it stands in the address */
  function written({ layer, channel, row, column }) {
    const place = row === null || column === null ? [] : [row, column];
    return [ids().indexOf(layer), channel, ...place];
  }

  /** @param {number[]} step @returns {Stop | null} null where the network has no such layer */
  function read([index, channel, row, column]) {
    const layer = ids()[index];
    return layer === undefined ? null : { layer, channel, row: row ?? null, column: column ?? null };
  }

  /** @param {import("../../page_types.js").Selection} selection @returns {Stop | null} */
  function unitOf(selection) {
    const { detail, by_id } = network.get();
    const layer = by_id.get(selection.layer ?? (detail ? openingLayer(detail) : ""));
    const unit = layer && selectedUnit(selection, layer.output_shape);
    if (!unit) return null;
    const is_vector = layer.output_shape.length === 1;
    return { layer: layer.id, ...unit, ...(is_vector ? { row: null, column: null } : {}) };
  }

  /** @param {Stop} reader @param {Stop} operand */
  const reads = (reader, operand) =>
    network.get().by_id.get(reader.layer)?.inputs.includes(operand.layer) ?? false;

  /**
   * Whoever goes to what a unit reads comes from that unit; whoever goes elsewhere begins anew.
   *
   * @param {import("../../page_types.js").Selection} selection
   * @param {import("../../page_types.js").Selection} previous
   */
  function keep(selection, previous) {
    if (walking && standpoint() !== started_at) stopWalking("");
    // By the address itself, as on the way back in the history.
    if (selection.trail !== previous.trail || network.get().detail === null) return;
    const [now, before] = [unitOf(selection), unitOf(previous)];
    if (keyOf(now) === keyOf(before)) return;
    if (store.get().ended !== "") store.set(nothing);
    const at = now ? selection.trail.findIndex((step) => keyOf(read(step)) === keyOf(now)) : -1;
    let trail = /** @type {number[][]} */ ([]);
    if (at >= 0) trail = selection.trail.slice(0, at);
    else if (now && before && selection.lens === "number" && reads(before, now)) {
      trail = [...selection.trail, written(before)];
    }
    state.change({ trail }, { replace: true });
  }

  /** What was chosen while nobody watched may be elsewhere. */
  function check() {
    const { trail } = state.get();
    if (network.get().detail === null || trail.length === 0) return;
    const [last, now] = [read(/** @type {number[]} */ (trail.at(-1))), unitOf(state.get())];
    if (!last || !now || !reads(last, now)) state.change({ trail: [] }, { replace: true });
  }

  let started_at = "";
  function standpoint() {
    const { model, image, lens, layer, channel, row, column } = state.get();
    return JSON.stringify([model, image, lens, layer, channel, row, column]);
  }

  /** @param {Stop} stop @param {number | null} value */
  function learn(stop, value) {
    const { model, image } = analysis.get();
    const of = JSON.stringify([model?.id, image]);
    if (of !== known_of) values.clear();
    known_of = of;
    values.set(keyOf(stop), value);
  }

  /** @param {Stop} stop @param {AbortSignal} [signal] */
  async function explain(stop, signal) {
    const { model, image } = analysis.get();
    if (!model || image === null) throw new Error("there is no picture to explain");
    const { row, column } = stop;
    const place = row === null || column === null ? {} : { row, column };
    const query = { model: model.id, image, layer: stop.layer, channel: stop.channel, ...place, terms: TERMS };
    const answer = await api.explanation(query, signal);
    learn(stop, answer.value);
    return answer;
  }

  /** @param {Stop} start */
  async function walk(start) {
    const controller = new AbortController();
    const { signal } = controller;
    walking?.abort();
    walking = controller;
    started_at = standpoint();
    const selected = unitOf(state.get());
    const before = keyOf(start) === keyOf(selected) ? state.get().trail.flatMap((step) => read(step) ?? []) : [];
    reached = { way: before, unit: start };
    const layers = ids();
    try {
      for (let steps = 0; ; steps += 1) {
        const { unit, way } = /** @type {{way: Stop[], unit: Stop}} */ (reached);
        const answer = await explain(unit, signal);
        if (signal.aborted) return;
        const share = 1 - layers.indexOf(unit.layer) / Math.max(1, layers.length - 1);
        store.set({ ...nothing, is_running: true, at: unit, steps, share });
        const { row, column, channel } = unit;
        unit_field.pass({ layer: unit.layer, unit: { channel, row: row ?? 0, column: column ?? 0 } });
        const next = largestOperand(answer);
        if (!next) {
          arrive(answer.kind === "pixel" ? "pixel" : "end", steps);
          return;
        }
        if (!stands_still.matches) await new Promise((done) => setTimeout(done, STEP_MS));
        if (signal.aborted) return;
        const { layer, channel: into, row: down, column: across } = next.unit;
        reached = { way: [...way, unit], unit: { layer, channel: into, row: down, column: across } };
      }
    } catch (error) {
      if (signal.aborted) return;
      const steps = store.get().steps;
      stopWalking("");
      if (!analysis.recovers(error)) store.set({ ...nothing, steps, problem: asProblem(error) });
    }
  }

  /** @param {Walk["ended"]} ended @param {number} steps */
  function arrive(ended, steps) {
    if (!reached) return;
    const { way, unit } = reached;
    stopWalking(ended, steps);
    state.change({ ...unit, trail: way.map(written), pins: [], lens: "number", tab: "layer" });
  }

  /** @param {Walk["ended"]} ended @param {number} [steps] */
  function stopWalking(ended, steps = 0) {
    walking?.abort();
    walking = null;
    reached = null;
    unit_field.pass(null);
    store.set({ ...nothing, ended, steps });
  }

  const ends = [
    state.subscribe(keep),
    network.subscribe(check),
    analysis.subscribe(({ phase }) => {
      if (walking && phase === "loading") stopWalking("");
    }),
  ];
  check();

  return {
    get: store.get,
    subscribe: store.subscribe,
    learn,

    /** The units that one came down from, the first first. @returns {Stop[]} */
    way: () => (network.get().detail ? state.get().trail.flatMap((step) => read(step) ?? []) : []),

    selected: () => unitOf(state.get()),

    /** @param {Stop} stop @returns {number | null | undefined} undefined: not known here */
    valueOf: (stop) => values.get(keyOf(stop)),

    /** Asks what a unit of the way says, as after a reload. @param {Stop} stop @param {AbortSignal} signal */
    fetchValue: (stop, signal) => explain(stop, signal),

    /** Takes the largest each time, from a unit down to where nothing is read any more. @param {Stop} start */
    follow: (start) => void walk(start),

    /** Stays where the walk has come. */
    stop() {
      if (walking) arrive("stopped", store.get().steps);
    },

    destroy() {
      for (const end of ends) end();
      if (walking) stopWalking("");
    },
  };
}

/** @param {Stop | null} stop */
export const keyOf = (stop) =>
  stop === null ? "" : [stop.layer, stop.channel, stop.row, stop.column].join(" ");
