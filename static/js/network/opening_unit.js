/**
 * The page is never without a unit, unless a person closed it: what the address leaves open of it is
 * filled in with the place that is looked at, and the channel that reacts most there.
 */

import { createLatest } from "../shared/latest.js";
import { asProblem } from "../shared/problem.js";

/** @typedef {import("../types.js").Layer} Layer */

const EXAMPLE = /^example-/;

/**
 * @param {{state: import("../address/state.js").State, api: import("../api/api.js").Api,
 *   pictures: import("../picture/pictures.js").Pictures,
 *   analysis: import("../scores/analysis.js").AnalysisStore, network: import("../network/network.js").Network}}
 *   parts
 */
export function keepUnitChosen({ state, api, pictures, analysis, network }) {
  const { standpoint } = network;
  const latest = createLatest();
  let asked = "";

  /** The layer in which a unit is to be found; null: nothing is missing, or it cannot be told yet. */
  function waitingLayer() {
    const { phase, model, image } = analysis.get();
    const { channel, row, column, unit_closed, pixel } = state.get();
    const layer = network.selected();
    if (phase !== "ready" || image === null || !layer || unit_closed || pixel) return null;
    if (network.get().detail?.id !== model?.id) return null;
    const is_map = layer.output_shape.length === 3;
    if (channel !== null && (!is_map || row !== null || column !== null)) return null;
    if (channel !== null && channel >= layer.output_shape[0]) return null; // the page says so
    // Where an example's eye is, the list of examples tells.
    const { examples, failure } = pictures.get();
    return EXAMPLE.test(image) && examples.length === 0 && !failure ? null : layer;
  }

  /** @param {Layer} layer with maps */
  function placeWanted(layer) {
    const [, height, width] = layer.output_shape;
    const { row, column } = state.get();
    const is_named = row !== null && column !== null && row < height && column < width;
    return is_named ? { row, column } : standpoint.placeIn(layer);
  }

  function update() {
    const layer = waitingLayer();
    const { model, image } = analysis.get();
    const { channel, row, column } = state.get();
    const key = layer ? JSON.stringify([model?.id, image, layer.id, channel, row, column]) : "";
    if (key === asked) return;
    asked = key;
    latest.cancel();
    standpoint.search.set(null);
    standpoint.failure.set(null);
    if (!layer || !model || image === null) return;
    const is_map = layer.output_shape.length === 3;
    const place = is_map ? placeWanted(layer) : { row: null, column: null };
    const known = channel ?? standpoint.channelIn(layer);
    if (known !== null) standpoint.open(layer.id, { ...place, channel: known });
    else if (is_map) ask(layer, placeWanted(layer), { model: model.id, image });
  }

  /**
   * @param {Layer} layer
   * @param {import("../shared/places.js").Place} place
   * @param {{model: string, image: string}} where
   */
  function ask(layer, place, where) {
    const is_single = layer.output_shape[1] * layer.output_shape[2] === 1;
    const query = { ...where, ...place, layer: layer.id, count: 1 };
    standpoint.search.set({ stop });
    latest.run(
      // A map of one value has nothing that it could stand out of.
      (signal) => api.reactions({ ...query, order: is_single ? "value" : "deviation" }, signal),
      ({ channels: [most] }) => {
        standpoint.search.set(null);
        if (most) standpoint.open(layer.id, { ...place, channel: most.channel });
      },
      (error) => {
        standpoint.search.set(null);
        if (analysis.recovers(error)) return;
        standpoint.failure.set({ problem: asProblem(error), retry: again });
      },
    );
  }

  function stop() {
    latest.cancel();
    standpoint.search.set({ again });
  }

  function again() {
    asked = "";
    update();
  }

  for (const source of [analysis, network, pictures, state]) source.subscribe(update);
  update();
}
