/** Which network and picture stand on each side, kept in the address. */

import { createKeptAddress, wholeNumber } from "../../address/kept_address.js";

/** @typedef {ReturnType<typeof createAddress>} Address */
/** @typedef {"left" | "right"} Side */
/**
 * @typedef {object} Shown  null: never chosen.
 * @property {string | null} model
 * @property {string | null} image
 * @property {string | null} layer whose map is shown
 * @property {number | null} channel
 */

/** @type {Side[]} */
export const SIDES = ["left", "right"];

/** @param {URLSearchParams} parameters @returns {Record<Side, Shown>} */
function read(parameters) {
  /** @param {Side} side @returns {Shown} */
  const of = (side) => ({
    model: parameters.get(`${side}_model`),
    image: parameters.get(`${side}_image`),
    layer: parameters.get(`${side}_layer`),
    channel: wholeNumber(parameters.get(`${side}_channel`)),
  });
  return { left: of("left"), right: of("right") };
}

/** @param {Record<Side, Shown>} shown @returns {[string, string | number | null][]} */
const write = (shown) =>
  SIDES.flatMap((side) =>
    Object.entries(shown[side]).map(
      ([name, value]) => /** @type {[string, string | number | null]} */ ([`${side}_${name}`, value]),
    ),
  );

export function createAddress() {
  const kept = createKeptAddress({ read, write });
  return {
    ...kept,

    /** @param {Partial<Record<Side, Partial<Shown>>>} changes */
    change(changes) {
      const { left, right } = kept.get();
      kept.change({ left: { ...left, ...changes.left }, right: { ...right, ...changes.right } });
    },
  };
}
