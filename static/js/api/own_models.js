/** Networks of one's own: what their weights are, opened, told more of, forgotten. */

import { modelPath } from "./paths.js";
import { ROOT, postJson, request, sendJson, whileBusy } from "./request.js";
import { postFile } from "./upload.js";

/** @typedef {import("../types.js").UploadedCheckpoint} UploadedCheckpoint */
/** @typedef {import("../types.js").Model} Model */

export const own_model_calls = {
  /**
   * @param {File} file
   * @param {{onProgress: (sent_bytes: number, total_bytes: number) => void,
   *   signal: AbortSignal}} options
   * @returns {Promise<UploadedCheckpoint>}
   */
  sendCheckpoint: (file, options) =>
    whileBusy(() => postFile(`${ROOT}/checkpoints`, file, file.name, options), options.signal),

  /**
   * @param {import("../types.js").OpenModelBody} body
   * @param {AbortSignal} signal
   * @returns {Promise<Model>}
   */
  openCheckpoint: (body, signal) => postJson("/models", body, signal),

  /**
   * @param {string} model_id
   * @param {import("../types.js").ChangeModelBody} body
   * @param {AbortSignal} signal
   * @returns {Promise<Model>}
   */
  changeModel: (model_id, body, signal) => sendJson("PATCH", modelPath(model_id), body, signal),

  /**
   * @param {string} model_id
   * @returns {Promise<void>}
   */
  forgetModel: (model_id) => request(modelPath(model_id), { method: "DELETE" }),
};
