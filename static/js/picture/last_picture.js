/** The picture that was last looked at in this tab, so that another page begins with it. */

import { keep, kept } from "../shared/session.js";

const KEY = "convscope-picture";

/** @returns {string | null} its id; the server may have forgotten it since */
export function lastPicture() {
  const image_id = kept(KEY);
  return typeof image_id === "string" ? image_id : null;
}

/** @param {string} image_id */
export const rememberPicture = (image_id) => keep(KEY, image_id);
