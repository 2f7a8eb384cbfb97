/** The picture that was last looked at in this tab, so that another page begins with it. */

const KEY = "convscope-picture";

/** @returns {string | null} its id; the server may have forgotten it since */
export function lastPicture() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden here
  }
}

/** @param {string} image_id */
export function rememberPicture(image_id) {
  try {
    sessionStorage.setItem(KEY, image_id);
  } catch {
    // Then each page begins with an example.
  }
}
