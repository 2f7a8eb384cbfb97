/**
 * Coming back to a page that the browser had put away whole, as Back does. Firefox and Safari end
 * all that is on its way then: it failed, but not because of the server, and is to start anew.
 */

/** How long the next page may take to come; then whoever left seems to have stayed. */
const LEAVING_MS = 30_000;
const AGAIN_MS = 1000;

let departures = 0;
let is_away = false;
let leaving_until_ms = 0;
let under_way = 0;
/** @type {(() => void)[]} */
let waiting = [];

function noteLeaving() {
  departures += 1;
  leaving_until_ms = performance.now() + LEAVING_MS;
}

/**
 * WebKit ends what is on its way, and whatever is asked for then, as soon as it asks for the next
 * page, long before this one hides. Listened to only meanwhile: Firefox keeps no page that listens.
 *
 * @param {1 | -1} change
 */
function countUnderWay(change) {
  under_way += change;
  if (under_way === 0) window.removeEventListener("beforeunload", noteLeaving);
  else window.addEventListener("beforeunload", noteLeaving);
}

/** Until somebody is back, or leaving seems to have come to nothing. @returns {Promise<void>} */
function untilBack() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (!is_away) setTimeout(() => is_away || resolve(), AGAIN_MS);
  });
}

window.addEventListener("pagehide", () => {
  departures += 1;
  is_away = true;
});

window.addEventListener("pageshow", (event) => {
  is_away = false;
  leaving_until_ms = 0;
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
  countUnderWay(1);
  try {
    for (;;) {
      const before = departures;
      try {
        return await attempt();
      } catch (error) {
        const is_leaving = performance.now() < leaving_until_ms;
        const may_be_cut = is_leaving || departures !== before;
        if (!may_be_cut || signal?.aborted || !isCutOff(error)) throw error;
        if (is_away || is_leaving) await untilBack();
        signal?.throwIfAborted();
      }
    }
  } finally {
    countUnderWay(-1);
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
