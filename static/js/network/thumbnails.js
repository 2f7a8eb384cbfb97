/** The strongest map of every layer, small, for the picture and the network that are open. */

import { coloursOfCodes, layerColours } from "../shared/colours.js";
import { createLatest } from "../shared/latest.js";
import { decodeOverview } from "../shared/maps.js";
import { asProblem } from "../shared/problem.js";
import { createStore } from "../shared/store.js";

/** @typedef {import("../shared/maps.js").Thumbnail} Thumbnail */

/**
 * @typedef {object} Thumbnails
 * @property {"here" | "loading" | "stopped"} phase
 * @property {string | null} model that they are of
 * @property {string | null} image that they are of
 * @property {Map<string, Thumbnail>} by_id while others are on their way still those from before
 * @property {import("../shared/problem.js").Problem | null} problem
 */

/**
 * @param {{api: import("../api/api.js").Api, analysis: import("../scores/analysis.js").AnalysisStore,
 *   network: import("./network.js").Network}} parts
 */
export function createThumbnails({ api, analysis, network }) {
  /** @type {Thumbnails} */
  const none = { phase: "here", model: null, image: null, by_id: new Map(), problem: null };
  const store = createStore(none);
  const latest = createLatest();
  let wanted = "";

  function forget() {
    latest.cancel();
    wanted = "";
    if (store.get() !== none) store.set(none);
  }

  function update() {
    const { phase, model, image } = analysis.get();
    const { phase: network_phase, detail } = network.get();
    if (!model) {
      // None is open, or what is true of it has changed: the same asked again is another answer.
      forget();
      return;
    }
    if (phase === "loading" || network_phase === "loading") return;
    if (phase !== "ready" || image === null || detail?.id !== model.id) {
      forget();
      return;
    }
    const key = JSON.stringify([model.id, image]);
    if (key === wanted) return;
    wanted = key;
    store.set({ ...store.get(), phase: "loading", problem: null });
    latest.run(
      (signal) => api.overview(model.id, image, signal),
      (body) => {
        const by_id = decodeOverview(body).thumbnails;
        store.set({ phase: "here", model: model.id, image, by_id, problem: null });
      },
      (error) => store.set({ ...none, problem: asProblem(error) }),
    );
  }
  const ends = [analysis.subscribe(update), network.subscribe(update)];
  update();

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** Gives up what is on its way. */
    stop() {
      latest.cancel();
      store.set({ ...store.get(), phase: "stopped" });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      wanted = "";
      update();
    },

    destroy() {
      for (const end of ends) end();
      forget();
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Thumbnail} thumbnail
 * @param {import("../page_types.js").ColourChoice} choice as for the maps of the layer
 */
export function paintThumbnail(canvas, thumbnail, choice) {
  const { codes, width, height, minimum, maximum, signed } = thumbnail;
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = layerColours(choice, signed);
  const table = coloursOfCodes(colours, minimum, maximum);
  canvas.dataset.colours = colours;
  for (let index = 0; index < codes.length; index += 1) pixels[index] = table[codes[index]];
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
