/** What stands in the picture's place: the picture, the drawing pad or the camera. */

import { createStore } from "../shared/store.js";

/** @typedef {ReturnType<typeof createStage>} Stage */
/** @typedef {"picture" | "pad" | "camera"} StageMode */

export function createStage() {
  const store = createStore(/** @type {StageMode} */ ("picture"));
  /** Id of the picture as What if changes it; null while it is as it was. */
  const edited = createStore(/** @type {string | null} */ (null));
  return {
    edited,
    get: store.get,
    subscribe: store.subscribe,

    /** @param {StageMode} mode */
    show(mode) {
      if (store.get() !== mode) store.set(mode);
    },
  };
}
