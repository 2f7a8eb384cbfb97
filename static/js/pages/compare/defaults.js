/** What stands on the sides before anybody has chosen. */

/** @typedef {import("../../types.js").Model} Model */

/** The design of another size is the nearest relative that can be had. */
const RANKS = /** @type {((model: Model, one: Model) => boolean)[]} */ ([
  (model, one) => model.origin !== "random" && model.family === one.family,
  (model) => model.origin !== "random" && model.origin !== "custom",
  (model, one) => model.origin === "random" && model.architecture === one.architecture,
]);

/**
 * A network to put beside another: one with real weights on this machine that tells the same classes
 * apart, of its family if there is one; else the same design with random weights.
 *
 * @param {Model} one
 * @param {Model[]} models
 * @returns {Model} itself where there is no other
 */
export function partnerOf(one, models) {
  const able = models.filter(
    ({ id, origin, input_kind, classes, weights }) =>
      id !== one.id &&
      (weights.status === "ready" || origin === "random") &&
      input_kind === one.input_kind &&
      classes === one.classes,
  );
  for (const isRanked of RANKS) {
    const found = able.find((model) => isRanked(model, one));
    if (found) return found;
  }
  return one;
}
