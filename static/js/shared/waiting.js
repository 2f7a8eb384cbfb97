/** Words over what is awaited: none for a quick answer, and the seconds of a slow one. */

import { element, setText } from "./element.js";

/** What is here sooner needs no words, which would only flicker. */
const SOON_MS = 250;
const LONG_MS = 2000;

/**
 * @param {{is_over?: boolean}} [options] whether it lies over what stands there from before, in
 *   the corner of something positioned
 */
export function createWaiting({ is_over = false } = {}) {
  const words = element("span", { attributes: { role: "status" } });
  // Not told anew each second to those who listen.
  const seconds = element("span", { class: "figure", attributes: { "aria-hidden": "true" } });
  const node = element(
    "p",
    { class: is_over ? "waiting waiting-over" : "waiting", attributes: { hidden: true } },
    words,
    seconds,
  );
  /** @type {string | null} */
  let text = null;
  let started_ms = 0;
  /** @type {number | undefined} */
  let timer;

  function tick() {
    const elapsed_ms = performance.now() - started_ms;
    if (elapsed_ms < SOON_MS) return;
    node.hidden = false;
    setText(words, `${text ?? ""} …`);
    setText(seconds, elapsed_ms < LONG_MS ? "" : ` ${Math.floor(elapsed_ms / 1000)}\u202fs`);
  }

  return {
    node,

    /** @param {string | null} next what is awaited, without an ellipsis; null: nothing */
    show(next) {
      if (next === text) return;
      text = next;
      clearInterval(timer);
      node.hidden = true;
      setText(words, "");
      setText(seconds, "");
      if (next === null) return;
      started_ms = performance.now();
      timer = window.setInterval(tick, SOON_MS);
    },
  };
}
