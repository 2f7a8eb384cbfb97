/** Pictures that the server keeps. */

import { whileUnderWay } from "../shared/under_way.js";
import { imagePath, withQuery } from "./paths.js";
import { ROOT, postJson, request, whileBusy } from "./request.js";
import { postFile } from "./upload.js";

export const picture_calls = {
  /**
   * @param {AbortSignal} [signal]
   * @param {import("../types.js").Example["kind"]} [kind]
   * @returns {Promise<{examples: import("../types.js").Example[]}>}
   */
  examples: (signal, kind = "photograph") => request(withQuery("/examples", { kind }), { signal }),

  /** @param {string} image_id */
  imageUrl: (image_id) => ROOT + imagePath(image_id),

  /** @param {string} image_id */
  thumbnailUrl: (image_id) => `${ROOT}${imagePath(image_id)}/thumbnail`,

  /**
   * @param {Blob} file
   * @param {string} name
   * @param {{onProgress: (sent_bytes: number, total_bytes: number) => void,
   *   signal: AbortSignal, colours?: import("../page_types.js").PictureColours}} options
   * @returns {Promise<import("../types.js").StoredImage>}
   */
  uploadImage: (file, name, { colours = "stored", ...options }) => {
    return whileUnderWay("/images", options.signal, (signal, tell) => {
      /** @param {number} sent @param {number} total */
      const onProgress = (sent, total) => {
        tell(sent, total);
        options.onProgress(sent, total);
      };
      const sending = { signal, onProgress, fields: { colours } };
      return whileBusy(() => postFile(`${ROOT}/images`, file, name, sending), signal);
    });
  },

  /**
   * Keeps the file of a picture once more, its colours taken otherwise.
   *
   * @param {string} image_id
   * @param {import("../page_types.js").PictureColours} colours
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").StoredImage>}
   */
  readAgain: (image_id, colours, signal) =>
    postJson(`${imagePath(image_id)}/readings`, { colours }, signal),

  /**
   * @param {string} image_id
   * @returns {Promise<void>}
   */
  deleteImage: (image_id) => request(imagePath(image_id), { method: "DELETE" }),

  /**
   * Keeps an edited picture as one of its own.
   *
   * @param {string} image_id
   * @param {import("../address/picture_edit.js").PictureEdit} edit
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../types.js").StoredImage>}
   */
  variant: (image_id, edit, signal) => postJson(`${imagePath(image_id)}/variants`, edit, signal),
};
