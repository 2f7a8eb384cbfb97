/** What both sides know: their networks, what these say of their pictures, and one map of each. */

import { createLatest } from "../../shared/latest.js";
import { decodeMaps, decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { SIDES } from "./address.js";
import { areOneDesign, asDeep, layersWithMaps, mostAlike, strongest, usualLayer } from "./channels.js";
import { partnerOf } from "./defaults.js";
import { fromInput, middleOf } from "./geometry.js";

/** @typedef {import("./address.js").Side} Side */
/** @typedef {ReturnType<typeof createComparison>} Comparison */
/**
 * What a network says of a picture; of one without scores, only which part of it it sees.
 *
 * @typedef {import("../../types.js").Prediction | import("../../types.js").NetworkInput} Seen
 */
/**
 * @typedef {object} SideState  What belongs to a former choice is gone the moment another is made.
 * @property {string} model
 * @property {string} image
 * @property {import("../../types.js").ModelDetail | null} detail
 * @property {Seen | null} seen
 * @property {import("../../types.js").ClassScore[] | null} scores of all classes
 * @property {import("../../types.js").Layer | null} layer
 * @property {import("../../shared/maps.js").LayerMaps | null} maps
 * @property {number | null} channel
 * @property {number | null} correlation with the left map, where the channel was found by it
 * @property {Float32Array | null} exact the channel's values
 * @property {string} problem
 * @property {string} layer_problem
 * @property {{done: number, total: number} | null} progress of reading a network that is new here
 */

const NOTHING_SEEN = {
  ...{ seen: null, scores: null, maps: null, channel: null, correlation: null, exact: null },
  ...{ problem: "", layer_problem: "" },
};
const NOTHING_KNOWN = { ...NOTHING_SEEN, detail: null, layer: null, progress: null };

/**
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./address.js").Address} parts.address
 * @param {import("../../models/catalogue.js").Catalogue} parts.catalogue
 * @param {(kind: "photograph" | "digit", place: number) => string} parts.exampleOf the id of an example
 */
export function createComparison({ api, address, catalogue, exampleOf }) {
  /** @type {SideState} */
  const nobody = { model: "", image: "", ...NOTHING_KNOWN };
  const store = createStore(/** @type {Record<Side, SideState>} */ ({ left: nobody, right: nobody }));
  const create = () => ({
    ...{ detail: createLatest(), seen: createLatest(), scores: createLatest() },
    ...{ maps: createLatest(), exact: createLatest() },
  });
  const latest = { left: create(), right: create() };
  /** What was asked for last, so that nothing is asked twice. @type {Record<string, string>} */
  const asked = {};

  /** @param {Side} side @param {Partial<SideState>} changes */
  function publish(side, changes) {
    const before = store.get();
    store.set({ ...before, [side]: { ...before[side], ...changes } });
  }

  /** @param {Side} side @param {Partial<SideState>} changes */
  function learn(side, changes) {
    publish(side, changes);
    update();
  }

  /** @param {string} key @param {unknown[]} wanted @returns {boolean} whether it is another than before */
  function isNew(key, wanted) {
    const text = JSON.stringify(wanted);
    if (asked[key] === text) return false;
    asked[key] = text;
    return true;
  }

  /** @param {Side} side @returns {string} */
  function wantedModel(side) {
    const { mode, left, right } = address.get();
    const first = catalogue.find(left.model);
    const named = mode === "pictures" ? left.model : { left, right }[side].model;
    if (named !== null) return catalogue.find(named)?.id ?? named;
    if (side === "left" || mode === "pictures") return catalogue.find(null)?.id ?? "";
    return (first ? partnerOf(first, catalogue.all()) : catalogue.find(null))?.id ?? "";
  }

  /** @param {Side} side @param {string} model @returns {string} */
  function wantedImage(side, model) {
    const { mode, left, right } = address.get();
    const named = mode === "networks" ? left.image : { left, right }[side].image;
    if (named !== null) return named;
    const reader = mode === "free" || side === "left" ? model : store.get().left.model;
    const kind = catalogue.find(reader)?.input_kind ?? store.get().left.detail?.input_kind;
    return exampleOf(kind ?? "photograph", side === "right" && mode === "pictures" ? 1 : 0);
  }

  /** @param {Side} side @returns {string | null} how its pictures are prepared; null: the usual way */
  function preparationOf(side) {
    const { model, detail } = store.get()[side];
    const { preparation } = address.get();
    const is_there = (detail ?? catalogue.find(model))?.preparations.includes(preparation);
    return is_there && preparation !== "centred" ? preparation : null;
  }

  /** @param {Side} side */
  function settleNetwork(side) {
    const model = wantedModel(side);
    if (model !== store.get()[side].model) {
      for (const each of Object.values(latest[side])) each.cancel();
      for (const key of ["seen", "maps", "exact"]) asked[side + key] = "";
      publish(side, { ...NOTHING_KNOWN, model, image: wantedImage(side, model) });
      latest[side].detail.run(
        (signal) =>
          catalogue.detail(model, signal, (done, total) => {
            if (!signal.aborted) publish(side, { progress: { done, total } });
          }),
        (detail) => learn(side, { detail, progress: null }),
        (error) => learn(side, { problem: asProblem(error).message, progress: null }),
      );
    }
    const image = wantedImage(side, model);
    if (image !== store.get()[side].image) publish(side, { ...NOTHING_SEEN, image });
    const preparation = preparationOf(side);
    api.preparePictures(model, preparation);
    const { detail } = store.get()[side];
    const classes = detail?.classes ?? catalogue.find(model)?.classes;
    if (classes === undefined || !isNew(`${side}seen`, [model, image, preparation])) return;
    for (const each of ["seen", "scores", "maps", "exact"]) {
      latest[side][/** @type {"seen"} */ (each)].cancel();
    }
    for (const key of ["maps", "exact"]) asked[side + key] = "";
    publish(side, NOTHING_SEEN);
    latest[side].seen.run(
      // As many classes as are usual: a network may have fewer than five.
      /** @returns {Promise<Seen>} */
      (signal) =>
        classes === 0
          ? api.networkInput(model, image, signal)
          : api.predictions(model, image, null, signal),
      (seen) => {
        learn(side, { seen });
        if ("classes" in seen) askScores(side, seen);
      },
      (error) => learn(side, { problem: asProblem(error).message }),
    );
  }

  /** @param {Side} side @param {import("../../types.js").Prediction} seen */
  function askScores(side, { classes, class_count }) {
    const { model, image } = store.get()[side];
    if (classes.length === class_count) {
      learn(side, { scores: classes });
      return;
    }
    latest[side].scores.run(
      (signal) => api.predictions(model, image, class_count, signal),
      (all) => learn(side, { scores: all.classes }),
      (error) => publish(side, { problem: asProblem(error).message }),
    );
  }

  /** @returns {import("./address.js").Lock} */
  function lock() {
    const { left, right } = store.get();
    const is_one = areOneDesign(left.detail, right.detail);
    const chosen = address.get().lock;
    if (chosen === "same" && !is_one) return "alike"; // a number means nothing in another design
    return chosen ?? (is_one ? "same" : "alike");
  }

  /** @param {Side} side @returns {import("../../types.js").Layer | null} */
  function wantedLayer(side) {
    const { left, right } = store.get();
    const { detail } = { left, right }[side];
    if (!detail) return null;
    const layers = layersWithMaps(detail);
    const is_following = side === "right" && lock() === "same";
    const id = address.get()[is_following ? "left" : side].layer;
    const named = layers.find((layer) => layer.id === id);
    if (named || side === "left") return named ?? usualLayer(layers);
    // The other network comes a moment later; one that failed never does.
    if (!left.detail) return left.problem === "" ? null : usualLayer(layers);
    return asDeep(layers, layersWithMaps(left.detail), left.layer?.id ?? null);
  }

  /** @param {Side} side */
  function settleLayer(side) {
    const layer = wantedLayer(side);
    const { model, image, seen, problem } = store.get()[side];
    if (!isNew(`${side}maps`, [model, image, layer?.id])) return;
    latest[side].maps.cancel();
    latest[side].exact.cancel();
    asked[`${side}exact`] = "";
    const nothing = { maps: null, channel: null, correlation: null, exact: null };
    // As long as nothing is seen, what went wrong is about more than a layer.
    publish(side, { layer, ...nothing, layer_problem: "", problem: seen ? "" : problem });
    if (!layer) return;
    latest[side].maps.run(
      (signal) => api.activations({ model, image, layer: layer.id, format: "u8" }, signal),
      (body) => learn(side, { maps: decodeMaps(body) }),
      (error) => publish(side, { layer_problem: asProblem(error).message }),
    );
  }

  /** @param {Side} side @returns {{channel: number, correlation: number | null} | null} */
  function wantedChannel(side) {
    const { left, right } = store.get();
    const { maps, seen } = { left, right }[side];
    if (!maps) return null;
    const chosen = address.get()[side].channel;
    const is_following = side === "right" && lock() !== "free";
    if (is_following) {
      if (!left.maps || left.channel === null) return null;
      if (lock() === "same") return { channel: left.channel, correlation: null };
      if (!left.seen || !seen) return null;
      const given = { maps: left.maps, seen: left.seen, channel: left.channel };
      const found = mostAlike(given, { maps, seen });
      return found ?? { channel: strongest(maps), correlation: null };
    }
    const is_there = chosen !== null && chosen < maps.count;
    return { channel: is_there ? chosen : strongest(maps), correlation: null };
  }

  /** @param {Side} side */
  function settleChannel(side) {
    const found = wantedChannel(side);
    const { model, image, maps } = store.get()[side];
    if (!isNew(`${side}exact`, [model, image, maps?.layer, found])) return;
    latest[side].exact.cancel();
    publish(side, { exact: null, channel: found?.channel ?? null, correlation: found?.correlation ?? null });
    if (!maps || !found) return;
    const channels = String(found.channel);
    latest[side].exact.run(
      (signal) => api.activations({ model, image, layer: maps.layer, format: "npy", channels }, signal),
      (body) => publish(side, { exact: decodeNpy(body) }),
      (error) => publish(side, { layer_problem: asProblem(error).message }),
    );
  }

  /** The unit that the microscope had becomes a place of the picture. */
  function settleUnit() {
    const { unit, at } = address.get();
    const { seen, maps } = store.get().left;
    if (!unit || at || !seen || !maps) return;
    const is_there = unit.row < maps.height && unit.column < maps.width;
    const place = is_there ? fromInput(store.get(), "left", middleOf(maps, unit)) : null;
    address.change({ unit: null, at: place }, { replace: true });
  }

  let is_settling = false;
  let is_to_be_settled = false;

  /** What changes while it is settled is settled after it. */
  function update() {
    is_to_be_settled = true;
    if (is_settling) return;
    is_settling = true;
    while (is_to_be_settled) {
      is_to_be_settled = false;
      for (const settle of [settleNetwork, settleLayer, settleChannel]) SIDES.forEach(settle);
      settleUnit();
    }
    is_settling = false;
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    lock,

    /** The picture of the left side before anybody has chosen one. */
    firstImage: () => wantedImage("left", wantedModel("left")),

    /** Begins: the list of networks is here. */
    start() {
      address.subscribe(update);
      catalogue.subscribe(update);
      update();
    },

    /** @param {Side} side @param {unknown} error that has nothing to do with what is shown */
    fail: (side, error) => publish(side, { problem: asProblem(error).message }),

    /** Gives up reading a network. @param {Side} side */
    stop(side) {
      latest[side].detail.cancel();
      latest[side].seen.cancel();
      learn(side, { progress: null, problem: "Stopped. Choose a network to go on." });
    },
  };
}
