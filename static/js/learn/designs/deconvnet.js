/** ZF Net's deconvnet: what in the digit made a map answer. */

import { byId, element, setText } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodePicture } from "../../shared/page_return.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { pageLink } from "../parts/links.js";
import { createNumberField } from "../../shared/number_field.js";
import { DECONVNET_LAYERS } from "./address.js";

/** Behind its ReLU: what a convolution puts out is what the ReLU lets through. */
const rectified = (/** @type {string} */ layer) => layer.replace("conv", "relu");

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {import("./address.js").Address} options.address
 * @param {import("../parts/chapter.js").Chapter} options.chapter
 * @param {string} options.model
 * @returns {Promise<{look: (image: string | null) => void, show: () => void}>}
 */
export async function createDeconvnet(parent, { address, chapter: { api, fail }, model }) {
  const latest = createLatest();
  const { layers } = await api.model(model);
  /** @type {string | null} */
  let image = null;
  let asked = "";

  const layer_choice = createChosenOne({
    label: "layer",
    choices: DECONVNET_LAYERS.map((value) => ({ value, text: value })),
    value: address.get().layer,
    onChange: (layer) => address.change({ layer, map: -1 }, { step: true }),
  });
  let map_field = createMapField();
  let maps_of = address.get().layer;
  byId("deconvnet-tools").append(layer_choice.node, map_field.node);
  const digit = element("img", { class: "deconvnet-picture", attributes: { alt: "Your digit, as the network sees it" } });
  const projection = element("img", {
    class: "deconvnet-picture",
    attributes: { alt: "The unit, sent back to the pixels" },
  });
  const pictures = byId("deconvnet-pictures");
  pictures.append(
    element("figure", {}, digit, element("figcaption", { text: "your digit, as it sees it" })),
    element("figure", {}, projection, element("figcaption", { text: "what made the unit answer" })),
  );
  const words = byId("deconvnet-words");

  /** @param {string} layer */
  function mapsOf(layer) {
    return layers.find(({ id }) => id === rectified(layer))?.output_shape[0] ?? 1;
  }

  function createMapField() {
    return createNumberField({
      ...{ label: "map", low: 0, high: mapsOf(address.get().layer) - 1, step: 1, value: 0 },
      onChange: (map) => address.change({ map }),
    });
  }

  function ask() {
    const { layer, map } = address.get();
    layer_choice.show(layer);
    const chosen = map < 0 ? null : Math.min(map, mapsOf(layer) - 1);
    if (maps_of !== layer) {
      const former = map_field.node;
      map_field = createMapField();
      former.replaceWith(map_field.node);
      maps_of = layer;
    }
    if (chosen !== null) map_field.show(chosen);
    if (parent.hidden) return;
    pictures.hidden = image === null;
    if (image === null) {
      latest.cancel();
      asked = "";
      setText(words, "Draw a digit first.");
      return;
    }
    const wanted = `${image} ${layer} ${map}`;
    if (asked === wanted) return;
    asked = wanted;
    const place = { model, layer: rectified(layer), image };
    pictures.toggleAttribute("data-stale", projection.src !== "");
    latest.run(
      async (signal) => {
        const { units } = await api.strongestUnit(chosen === null ? place : { ...place, channel: chosen }, signal);
        const [{ channel, row, column, value }] = units;
        const unit = { ...place, channel, row: row ?? undefined, column: column ?? undefined, rule: "deconvnet" };
        const url = api.projectionUrl({ ...unit, format: "png" });
        const loaded = new Image();
        loaded.src = url;
        await decodePicture(loaded);
        return { url, channel, row, column, value };
      },
      ({ url, channel, row, column, value }) => {
        fail(null);
        pictures.removeAttribute("data-stale");
        digit.src = api.inputUrl(model, place.image, "png");
        projection.src = url;
        map_field.show(channel);
        words.dataset.channel = String(channel);
        const strength = chosen === null
          ? "the strongest unit of all maps"
          : value === 0 ? "it answers nowhere" : "its strongest unit";
        words.replaceChildren(
          `Map ${channel} of ${layer}, ${strength}: row ${row}, column ${column}, value ${formatShort(value)}. `,
          pageLink("In the microscope", {
            ...{ model, layer: place.layer, image: place.image, channel, row, column, lens: "filters" },
          }),
        );
      },
      (error) => {
        asked = "";
        fail(error);
      },
    );
  }
  address.subscribe(ask);

  return {
    look(next) {
      image = next;
      ask();
    },
    show: ask,
  };
}
