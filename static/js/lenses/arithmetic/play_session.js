/** One kernel on one picture: the maps that it reads and writes, and what it meets on its way. */

import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { decodePicture } from "../../shared/page_return.js";
import { MOST_CELLS, largestChannel } from "./patch.js";
import { createPlayRows } from "./play_rows.js";

/** @typedef {import("../../types.js").Explanation} Explanation */
/** @typedef {import("../../types.js").PatchGeometry} PatchGeometry */
/** @typedef {{height: number, width: number}} Extent */
/** @typedef {ReturnType<typeof createPlaySession>} PlaySession */

/**
 * @typedef {object} Sliding  A unit that reads a window, with its numbers.
 * @property {Explanation} answer
 * @property {PatchGeometry} patch
 * @property {Float32Array} values of the patch
 * @property {Float32Array} weights of all its channels; ones where nothing is weighed
 */

/**
 * @param {Map<string, import("../../types.js").Layer>} by_id
 * @param {Explanation} answer
 * @returns {PatchGeometry | null} null: no window slides here
 */
export function slidingPatch(by_id, { patch, row, kind, layer }) {
  if (!patch || row === null || !["weighted_sum", "maximum"].includes(kind)) return null;
  const [, height = 1, width = 1] = by_id.get(layer)?.output_shape ?? [];
  const is_map = by_id.get(patch.layer)?.output_shape.length === 3;
  const is_small = patch.rows.length * patch.columns.length <= MOST_CELLS;
  return is_map && is_small && height * width > 1 ? patch : null;
}

/**
 * @param {import("../../page_types.js").Context} context
 * @param {Sliding} sliding
 * @param {{onReady: () => void, onArrival: () => void, onError: (error: unknown) => void}} listeners
 *   onReady: the maps are here; onArrival: some rows are
 */
export function createPlaySession({ api, network }, sliding, { onReady, onArrival, onError }) {
  const { answer, patch } = sliding;
  const { model, image, layer, channel } = answer;
  const { by_id } = network.get();
  const latest = createLatest();
  /** @param {string} layer_id @returns {Extent} */
  function extentOf(layer_id) {
    const [, height, width] = by_id.get(layer_id)?.output_shape ?? [1, 1, 1];
    return { height, width };
  }
  const size = extentOf(layer);
  const source = extentOf(patch.layer);
  /** The network's own red, green and blue are shown together. */
  const is_colour = patch.layer === "input" && patch.channels === 3;
  /** @type {Map<number, Float32Array>} */
  const maps = new Map();
  let channels = is_colour ? [0, 1, 2] : [largestChannel({ ...sliding, is_vector: false })];
  /** @type {Float32Array | null} */
  let written = null;
  /** @type {HTMLImageElement | null} */
  let picture = null;

  const rows = createPlayRows({
    ...{ api, size, onArrival, onError },
    query: { model, image, layer, channel },
  });

  function load() {
    const wanted = channels;
    const names = wanted.map((index) => patch.first_channel + index).join(",");
    const exact = { model, image, format: /** @type {const} */ ("npy") };
    const is_known = wanted.every((index) => maps.has(index));
    latest.run(
      (signal) =>
        Promise.all([
          is_known ? null : api.activations({ ...exact, layer: patch.layer, channels: names }, signal),
          written ? null : api.activations({ ...exact, layer, channels: String(channel) }, signal),
          is_colour ? decoded(api.inputUrl(model, image, "png")) : null,
        ]),
      ([read, output, found]) => {
        const area = source.height * source.width;
        const values = read ? decodeNpy(read) : null;
        wanted.forEach((index, at) => {
          if (values) maps.set(index, values.subarray(at * area, (at + 1) * area));
        });
        written = output ? decodeNpy(output) : written;
        picture = found;
        onReady();
      },
      onError,
    );
  }
  load();

  return {
    ...{ sliding, size, source, is_colour, rows, maps },
    units: size.height * size.width,
    products: patch.rows.length * patch.columns.length,
    channels: () => channels,
    written: () => written,
    picture: () => picture,
    isReady: () => written !== null && channels.every((index) => maps.has(index)),

    /** @param {number} index of the patch's channels */
    showOnly(index) {
      channels = [index];
      load();
    },

    destroy() {
      latest.cancel();
      rows.destroy();
    },
  };
}

/** @param {string} url */
async function decoded(url) {
  const picture = new Image();
  picture.src = url;
  await decodePicture(picture);
  return picture;
}
