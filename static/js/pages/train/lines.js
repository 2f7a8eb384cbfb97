/** The lines of a run's two plots. */

/** @typedef {import("./types.js").Followed} Followed */
/** @typedef {import("./curve.js").Line} Line */

/**
 * @param {Followed} followed
 * @param {boolean} by_epoch the axis counts epochs, so that two runs have the same; else steps
 * @returns {(step: number) => number}
 */
export function placeOf({ run }, by_epoch) {
  const steps = run?.steps_total ?? 0;
  if (!run || !by_epoch || steps === 0) return (step) => step;
  return (step) => (step / steps) * run.choice.epochs;
}

/**
 * @param {Followed} followed
 * @param {boolean} by_epoch
 * @param {string} name of the run's colour
 * @returns {{loss: Line[], accuracy: Line[]}}
 */
export function linesOf(followed, by_epoch, name) {
  const { points, epochs } = followed;
  const place = placeOf(followed, by_epoch);
  /** @param {(point: import("./types.js").Point) => number} value @returns {[number, number][]} */
  const trained = (value) => points.map((point) => [place(point.step), value(point)]);
  /** @type {[number, number][]} */
  const losses = epochs.flatMap(({ step, loss }) => (loss === null ? [] : [[place(step), loss]]));
  /** @type {[number, number][]} */
  const accuracies = epochs.map(({ step, accuracy }) => [place(step), accuracy]);
  return {
    loss: [
      { class: `${name} is-trained`, places: trained(({ loss }) => loss) },
      { class: `${name} is-held-out`, places: losses, has_dots: true },
    ],
    accuracy: [
      { class: `${name} is-trained`, places: trained(({ accuracy }) => accuracy) },
      { class: `${name} is-held-out`, places: accuracies, has_dots: true },
    ],
  };
}

/** @param {import("../../types.js").Chance} chance @param {number} classes */
export const chanceWords = ({ is_balanced }, classes) =>
  is_balanced ? `one of ${classes} classes, ln ${classes} nats` : "the share of the most frequent class, and the entropy of all shares";
