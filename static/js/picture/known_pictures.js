/** What this tab remembers of pictures that it sent, so that it survives a reload. */

import { keep, kept } from "../shared/session.js";

const KEPT = 50;

/**
 * A short list by picture id; without storage it is known until the page is loaded again.
 *
 * @param {string} key of the session's storage
 */
function createKnown(key) {
  /** @type {Map<string, string>} ids, oldest first, with what is known of each */
  const known = new Map(stored(key));
  return {
    /** @param {string | null} image_id */
    get: (image_id) => (image_id === null ? undefined : known.get(image_id)),

    /** @param {string} image_id @param {string} text */
    keep(image_id, text) {
      known.delete(image_id);
      known.set(image_id, text);
      keep(key, [...known].slice(-KEPT));
    },
  };
}

/** @param {string} key @returns {[string, string][]} */
function stored(key) {
  const entries = kept(key);
  if (!Array.isArray(entries)) return [];
  return entries.filter(
    (entry) => Array.isArray(entry) && entry.length === 2 && entry.every((part) => typeof part === "string"),
  );
}

/** Of every picture sent: whether it was drawn here, and what its file is called. */
export function createKnownPictures() {
  const kinds = createKnown("convscope-drawings");
  const names = createKnown("convscope-picture-names");
  return {
    /** @param {string} image_id @param {{kind: string, name: string}} picture */
    keep(image_id, { kind, name }) {
      if (kind === "drawing") kinds.keep(image_id, kind);
      else names.keep(image_id, name);
    },

    /** The same file with its colours taken otherwise. @param {string} image_id @param {string} from_id */
    keepAs(image_id, from_id) {
      const name = names.get(from_id);
      if (name !== undefined) names.keep(image_id, name);
    },

    /** @param {string | null} image_id */
    isDrawing: (image_id) => kinds.get(image_id) === "drawing",

    /** @param {string | null} image_id @returns {string | undefined} */
    fileName: names.get,
  };
}
