/** What all parts of the page are handed: the types, and what a person can ask for anywhere. */

import { createLatest } from "../../shared/latest.js";
import { createStore } from "../../shared/store.js";
import { SIDES } from "./address.js";
import { fromInput, inputOf } from "./geometry.js";

/** @typedef {import("./address.js").Side} Side */
/** @typedef {import("./address.js").Place} Place */
/** @typedef {ReturnType<typeof createPage> & {chooser: {open: (side: Side) => void}}} Page */

/**
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./address.js").Address} parts.address
 * @param {import("../../models/catalogue.js").Catalogue} parts.catalogue
 * @param {import("./comparison.js").Comparison} parts.comparison
 * @param {import("../../types.js").Example[]} parts.examples
 */
export function createPage({ api, address, catalogue, comparison, examples }) {
  /** Where the pointer is. */
  const cursor = createStore(/** @type {Place | null} */ (null));
  /** How far the picture on its way is, by side. */
  const sending = createStore(/** @type {Record<Side, string>} */ ({ left: "", right: "" }));
  const uploads = { left: createLatest(), right: createLatest() };

  /** @param {Side} side @param {string} text */
  const say = (side, text) => sending.set({ ...sending.get(), [side]: text });

  /** @param {Side} side @param {string} image */
  function openImage(side, image) {
    // Who chooses another picture does not want the one on its way any more.
    const is_shared = address.get().mode === "networks";
    for (const each of is_shared ? SIDES : [side]) {
      uploads[each].cancel();
      say(each, "");
    }
    address.changeSide(side, { image });
  }

  /** The place that is marked: the one that is pointed at, else the one that was clicked. */
  const place = () => cursor.get() ?? address.get().at;

  /** @param {Place | null} at null: the network has not said yet where that is */
  function pin(at) {
    if (at) address.change({ at, unit: null }, { replace: true });
  }

  return {
    ...{ api, address, catalogue, comparison, examples, cursor, sending },
    openImage,

    ...{ place, pin },

    /** What pointing at a map over the network's input does. @param {Side} side */
    inputHandlers: (side) => ({
      /** @param {Place | null} at */
      onPoint: (at) => cursor.set(fromInput(comparison.get(), side, at)),
      /** @param {Place} at */
      onPin: (at) => pin(fromInput(comparison.get(), side, at)),
      marked: () => inputOf(comparison.get(), side, place()),
    }),

    /** @param {Side} side @param {File} file @param {(error: unknown) => void} [refuse] */
    upload(side, file, refuse = (error) => comparison.fail(side, error)) {
      say(side, "Sending…");
      /** @param {number} sent @param {number} total */
      const onProgress = (sent, total) => {
        if (total > 0) say(side, `Sending: ${Math.floor((100 * sent) / total)} %`);
      };
      uploads[side].run(
        (signal) => api.uploadImage(file, file.name, { onProgress, signal }),
        ({ id }) => openImage(side, id),
        (error) => {
          say(side, "");
          refuse(error);
        },
      );
    },
  };
}
