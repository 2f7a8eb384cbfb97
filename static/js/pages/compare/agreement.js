/** Whether two networks tell the same classes apart. */

import { LETTERS } from "./address.js";

/** @typedef {import("./comparison.js").SideState} SideState */

/**
 * @param {SideState} left
 * @param {SideState} right
 * @returns {"same" | "by number" | "different" | null} by number: of one of them nobody has said
 *   what its classes are called; null: not known yet
 */
export function agreementOf({ detail: one }, { detail: other }) {
  if (!one || !other) return null;
  if (one.classes !== other.classes) return "different";
  if (one.labels.every((label, index) => label === other.labels[index])) return "same";
  return [one, other].some(({ assumed }) => assumed.includes("labels")) ? "by number" : "different";
}

/**
 * The class that is looked into on a side: the one that was chosen, else the left side's highest
 * where both look at one picture and tell the same classes apart, else the side's own highest.
 *
 * @param {import("./page.js").Page} page
 * @param {import("./address.js").Side} side
 * @returns {number | null}
 */
export function classOf({ address, comparison }, side) {
  const { left, right } = comparison.get();
  const agreement = agreementOf(left, right);
  if (agreement === null && side === "right") return null;
  const { class_index } = address.get();
  const own = { left, right }[side];
  const is_one = agreement !== "different";
  if (is_one && class_index !== null && class_index < (own.detail?.classes ?? 0)) return class_index;
  const { seen } = is_one && left.image === right.image ? left : own;
  return seen && "classes" in seen ? seen.classes[0].index : null;
}

/**
 * Why it is that class.
 *
 * @param {import("./page.js").Page} page
 * @param {import("./address.js").Side} side
 */
export function reasonOf(page, side) {
  const { left, right } = page.comparison.get();
  const is_one = agreementOf(left, right) !== "different";
  if (is_one && page.address.get().class_index === classOf(page, side)) return "chosen";
  return is_one && left.image === right.image ? "the highest of A" : `the highest of ${LETTERS[side]}`;
}
