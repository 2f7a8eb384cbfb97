/** What stands in the picture's place: the picture, the drawing pad or the camera. */

import { createStore } from "../shared/store.js";

/** @typedef {ReturnType<typeof createStage>} Stage */
/** @typedef {"picture" | "pad" | "camera"} StageMode */

export function createStage() {
  const store = createStore(/** @type {StageMode} */ ("picture"));
  return {
    get: store.get,
    subscribe: store.subscribe,

    /** @param {StageMode} mode */
    show(mode) {
      if (store.get() !== mode) store.set(mode);
    },
  };
}
