/**
 * Coming back to a page that the browser had put away whole, as Back does. Firefox and Safari end
 * all that is on its way then: it failed, but not because of the server, and is to start anew.
 */

let departures = 0;
let is_away = false;
/** @type {(() => void)[]} */
let waiting = [];

window.addEventListener("pagehide", () => {
  departures += 1;
  is_away = true;
});

window.addEventListener("pageshow", (event) => {
  is_away = false;
  for (const go of waiting) go();
  waiting = [];
  if (!event.persisted) return;
  // Pictures of the page itself that were on their way.
  for (const picture of document.images) {
    if (picture.src && picture.naturalWidth === 0) picture.src = `${picture.src}`;
  }
});

/**
 * Tries again what the browser ended when the page was left, once somebody is back on it.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {{signal?: AbortSignal | null, isCutOff?: (error: unknown) => boolean}} [options]
 *   isCutOff: whether a failure may come of that
 * @returns {Promise<T>}
 */
export async function throughReturns(attempt, { signal, isCutOff = () => true } = {}) {
  for (;;) {
    const before = departures;
    try {
      return await attempt();
    } catch (error) {
      if (departures === before || signal?.aborted || !isCutOff(error)) throw error;
      if (is_away) await /** @type {Promise<void>} */ (new Promise((resolve) => waiting.push(resolve)));
      signal?.throwIfAborted();
    }
  }
}

/**
 * `decode` of a picture that is asked for again where the browser gave it up.
 *
 * @param {HTMLImageElement} picture
 */
export const decodePicture = (picture) =>
  throughReturns(() => {
    if (picture.complete && picture.naturalWidth === 0) picture.src = `${picture.src}`;
    return picture.decode();
  });

/**
 * @param {() => void} act when somebody comes back to the page as it was left
 * @returns {() => void} ends it
 */
export function onReturn(act) {
  const listener = (/** @type {PageTransitionEvent} */ event) => {
    if (event.persisted) act();
  };
  window.addEventListener("pageshow", listener);
  return () => window.removeEventListener("pageshow", listener);
}
