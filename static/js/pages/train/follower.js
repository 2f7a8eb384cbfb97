/** A run that is followed: what it has told so far, and what it tells anew. */

/** @typedef {import("./types.js").Followed} Followed */

// Of the curves, as many as the server keeps at most and some more; then every second one goes.
const MOST_POINTS = 8000;

/** @type {Followed} */
export const NOTHING = { run: null, points: [], epochs: [] };

/** @param {import("./types.js").Point[]} points */
function thinned(points) {
  if (points.length <= MOST_POINTS) return points;
  return points.filter((_, place) => (points.length - 1 - place) % 2 === 0);
}

/**
 * @param {Followed} known
 * @param {import("./training_api.js").News} news
 * @returns {Followed}
 */
export function withNews(known, { points: told, epochs: measured, ...run }) {
  const last = known.points.at(-1)?.number ?? 0;
  const last_step = known.epochs.at(-1)?.step ?? -1;
  // After a lost connection everything comes again.
  const added = told.filter(({ number }) => number > last);
  const epochs = measured.filter(({ step }) => step > last_step);
  return {
    run,
    points: added.length > 0 ? thinned([...known.points, ...added]) : known.points,
    epochs: epochs.length > 0 ? [...known.epochs, ...epochs] : known.epochs,
  };
}
