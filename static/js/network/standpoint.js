/** The place of the picture that is being looked at, and the unit of any layer that looks there. */

import { selectedUnit } from "../address/selected_unit.js";
import { NO_UNIT } from "../address/state.js";
import { inputPoint, picturePoint, placeNearest, pointOfPlace } from "../shared/places.js";
import { createStore } from "../shared/store.js";
import { keptChannel } from "./kept_channels.js";
import { createPageChoices } from "./page_choices.js";

/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {import("../shared/places.js").Point} Point */
/** @typedef {ReturnType<typeof createStandpoint>} Standpoint */
/** @typedef {Pick<import("../page_types.js").Selection, "channel" | "row" | "column">} UnitChoice */

/**
 * @typedef {object} Looked  What was looked at last.
 * @property {string} model
 * @property {Point} input in pixels of that model's input
 * @property {string | null} image at which it was looked
 * @property {{image: string, point: Point} | null} picture null: which part of the picture that
 *   model sees is not known yet
 */

/**
 * @param {{state: import("../address/state.js").State, pictures: import("../picture/pictures.js").Pictures,
 *   analysis: import("../scores/analysis.js").AnalysisStore,
 *   network: {get: () => import("../network/network.js").NetworkLayers, selected: () => Layer | null,
 *   subscribe: (listener: () => void) => () => void}}} parts
 */
export function createStandpoint({ state, pictures, analysis, network }) {
  /** @type {Looked | null} */
  let looked = null;
  /** The place that was worked out from it: whoever is there has not moved. */
  let given = "";
  /** What was looked at from here, by layer. @type {Map<string, number>} */
  const channels = new Map();
  const page_choices = createPageChoices();

  /** @param {string} layer_id @param {UnitChoice} unit */
  const unitKey = (layer_id, { channel, row, column }) =>
    JSON.stringify([network.get().detail?.id, layer_id, channel, row, column]);

  /** @param {string} layer_id @param {number} row @param {number} column */
  const placeKey = (layer_id, row, column) =>
    JSON.stringify([network.get().detail?.id, layer_id, row, column]);

  /** The place on the picture, as soon as it is known what the network sees of that. */
  function fixOnPicture() {
    const { seen, model, image } = analysis.get();
    if (!looked || looked.picture || !seen || image === null) return;
    if (looked.model !== model?.id || seen.image !== image) return;
    looked.picture = { image, point: picturePoint(looked.input, seen) };
  }

  /** @param {string} model @param {Point} input */
  function look(model, input) {
    looked = { model, input, image: analysis.get().image, picture: null };
  }

  function update() {
    const layer = network.selected();
    const { detail } = network.get();
    const unit = layer && selectedUnit(state.get(), layer.output_shape);
    if (!unit || !layer || !detail) {
      page_choices.close();
      return;
    }
    const is_map = layer.output_shape.length === 3;
    const { image } = analysis.get();
    const chosen = is_map ? unit : { ...NO_UNIT, channel: unit.channel };
    if (image !== null && page_choices.isLeftOver(unitKey(layer.id, chosen), image)) {
      forget();
      return;
    }
    const key = placeKey(layer.id, unit.row, unit.column);
    const moved = is_map && key !== given;
    if (moved) {
      given = key;
      look(detail.id, pointOfPlace(layer, unit, detail.input_size));
    }
    if (moved || (channels.get(layer.id) ?? unit.channel) !== unit.channel) channels.clear();
    channels.set(layer.id, unit.channel);
    fixOnPicture();
  }

  /** Another picture is shown, and nobody chose this unit: one is looked for as on opening. */
  function forget() {
    looked = null;
    given = "";
    channels.clear();
    state.change(NO_UNIT, { replace: true });
  }

  /** @param {import("../types.js").ModelDetail} detail @returns {Point} of the input */
  function point({ id, input_size }) {
    if (looked?.model === id) return looked.input;
    const { image } = analysis.get();
    const seen = analysis.get().seen?.image === image ? analysis.get().seen : null;
    if (seen && looked?.picture?.image === image) return inputPoint(looked.picture.point, seen);
    page_choices.begin();
    const focus = seen && pictures.example(image)?.focus;
    return focus ? inputPoint(focus, seen) : { y: input_size.height / 2, x: input_size.width / 2 };
  }

  /** @param {Layer} layer with maps @returns {import("../shared/places.js").Place} */
  function placeIn(layer) {
    if (looked && page_choices.isOwn() && looked.image !== analysis.get().image) looked = null;
    const detail = /** @type {import("../types.js").ModelDetail} */ (network.get().detail);
    const input = point(detail);
    const place = placeNearest(layer, input, detail.input_size);
    if (looked?.model !== detail.id) {
      channels.clear();
      look(detail.id, input);
      fixOnPicture();
    }
    given = placeKey(layer.id, place.row, place.column);
    return place;
  }

  /** The class of a score: the one asked about, else the highest. */
  function classShown() {
    const { prediction } = analysis.get();
    return state.get().class_index ?? prediction?.classes[0]?.index ?? null;
  }

  /** @param {Layer} layer @returns {number | null} null: which channel is not known here */
  function channelIn({ id, output_shape }) {
    const { by_id, detail } = network.get();
    const from = network.selected();
    const { channel } = state.get();
    const known = channels.get(id);
    if (known !== undefined && looked?.model === detail?.id) return known;
    const kept = from && channel !== null ? keptChannel(by_id, from.id, id, channel) : null;
    if (kept !== null) return kept;
    const is_output = detail?.output === id && output_shape.length === 1;
    return is_output && detail.classes > 0 ? classShown() : null;
  }

  const ends = [state, network, analysis].map((source) => source.subscribe(update));

  return {
    /** Why no unit was found at the place. */
    failure: createStore(
      /** @type {{problem: import("../shared/problem.js").Problem, retry: () => void} | null} */ (null),
    ),
    /** The search for a unit at the place: under way, or stopped. */
    search: createStore(/** @type {{stop?: () => void, again?: () => void} | null} */ (null)),
    placeIn,
    channelIn,

    /**
     * The unit of another layer that looks at the same place, as far as it can be told at once. The
     * page turns to it.
     *
     * @param {string} layer_id
     * @returns {UnitChoice}
     */
    unitIn(layer_id) {
      const layer = network.get().by_id.get(layer_id);
      if (!layer || state.get().unit_closed) return NO_UNIT;
      const place = layer.output_shape.length === 3 ? placeIn(layer) : NO_UNIT;
      const unit = { ...place, channel: channelIn(layer) };
      page_choices.announce(unitKey(layer_id, unit));
      return unit;
    },

    /**
     * Turns to a unit that nobody chose.
     *
     * @param {string} layer_id
     * @param {UnitChoice} unit
     */
    open(layer_id, unit) {
      page_choices.announce(unitKey(layer_id, unit));
      state.change({ layer: layer_id, ...unit }, { replace: true });
    },

    destroy() {
      for (const end of ends) end();
    },
  };
}
