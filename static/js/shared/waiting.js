/** Words over what is awaited: none for a quick answer, and the seconds of a slow one. */

import { button, element, setText } from "./element.js";

/** What is here sooner needs no words, which would only flicker. */
export const SOON_MS = 250;
const LONG_MS = 2000;

/**
 * @param {{is_over?: boolean, onStop?: () => void}} [options] is_over: whether it lies over what
 *   stands there from before, in the corner of something positioned; onStop: gives a slow one up
 */
export function createWaiting({ is_over = false, onStop } = {}) {
  const words = element("span", { attributes: { role: "status" } });
  // Not told anew each second to those who listen.
  const seconds = element("span", { class: "figure", attributes: { "aria-hidden": "true" } });
  const node = element(
    "p",
    { class: is_over ? "waiting waiting-over" : "waiting", attributes: { hidden: true } },
    words,
    seconds,
  );
  const stop = onStop && button("Stop", onStop, { class: "button button-small" });
  if (stop) node.append(stop);
  /** @type {string | null} */
  let text = null;
  /** @type {number | null} */
  let share = null;
  let started_ms = 0;
  /** @type {number | undefined} */
  let timer;

  function tick() {
    const elapsed_ms = performance.now() - started_ms;
    if (elapsed_ms < SOON_MS) return;
    node.hidden = false;
    setText(words, `${text ?? ""} …`);
    const done = share === null ? "" : ` ${Math.floor(100 * share)}\u202f%,`;
    const is_long = elapsed_ms >= LONG_MS;
    setText(seconds, is_long ? `${done} ${Math.floor(elapsed_ms / 1000)}\u202fs` : "");
    if (stop) stop.hidden = !is_long;
  }

  return {
    node,

    /**
     * @param {string | null} next what is awaited, without an ellipsis; null: nothing
     * @param {{since_ms?: number, share?: number | null}} [options] since_ms: when it began, where
     *   that is known better; share: of the work that is done
     */
    show(next, { since_ms, share: done = null } = {}) {
      share = done;
      const is_same = next === text && (since_ms === undefined || since_ms === started_ms);
      if (is_same) return;
      text = next;
      clearInterval(timer);
      if (next === null || since_ms === undefined) {
        node.hidden = true;
        setText(words, "");
        setText(seconds, "");
      }
      if (next === null) return;
      started_ms = since_ms ?? performance.now();
      timer = window.setInterval(tick, SOON_MS);
      if (since_ms !== undefined) tick();
    },
  };
}
