/**
 * Which units the page opened by itself, as against those that a person chose: only the latter have
 * a meaning on another picture.
 */

import { keep, kept } from "../shared/session.js";

const KEY = "convscope-page-units";
const KEPT = 50;
const NOTHING = { unit: "", image: /** @type {string | null} */ (null) };

/**
 * In the session's storage, so that a reload and the browser's "back" know it too; without storage
 * it is known until the page is loaded again.
 */
export function createPageChoices() {
  const opened = new Set(stored());
  /** The unit that the page turns to next; it is as much of its own choice as the one before. */
  let announced = "";
  let last = NOTHING;
  let is_own = true;

  /** @param {string} unit @param {string | null} image */
  function remember(unit, image) {
    const entry = JSON.stringify([unit, image]);
    if (opened.has(entry)) return;
    opened.add(entry);
    keep(KEY, [...opened].slice(-KEPT));
  }

  return {
    /** The place was worked out from nothing that a person chose. */
    begin() {
      is_own = true;
    },

    /** @param {string} unit that follows, without anybody choosing it */
    announce(unit) {
      announced = unit;
    },

    /**
     * @param {string} unit the selected one, told from every other of every network
     * @param {string | null} image the picture that it answers to
     * @returns {boolean} whether nobody chose it and it is left over from another picture
     */
    isLeftOver(unit, image) {
      const is_same = unit === last.unit;
      if (!is_same && unit !== announced) is_own = opened.has(JSON.stringify([unit, image]));
      const is_left_over = is_own && is_same && image !== last.image;
      // What is opened after it may be the same unit again.
      last = is_left_over ? NOTHING : { unit, image };
      if (is_own && !is_left_over) remember(unit, image);
      return is_left_over;
    },

    /** No unit is selected. */
    close() {
      last = NOTHING;
    },

    /** Whether the last unit, and its place, are chosen by nobody. */
    isOwn: () => is_own,
  };
}

/** @returns {string[]} */
function stored() {
  const entries = kept(KEY);
  return Array.isArray(entries) ? entries.filter((entry) => typeof entry === "string") : [];
}
