/**
 * Words over what is awaited: none for a quick answer; of a slow one the seconds, how much of it is
 * done where that is known, and a way to stop it.
 */

import { button, element, setText } from "./element.js";

/** @typedef {ReturnType<typeof createWaiting>} Waiting */

/** What is here sooner needs no words, which would only flicker. */
export const SOON_MS = 250;
const LONG_MS = 2000;

/**
 * @typedef {object} Awaiting
 * @property {(() => void) | null} [stop] gives it up
 * @property {{done: number, total: number} | null} [progress] steps; null: it is one, or not known
 * @property {(() => void) | null} [again] it is not here, nor awaited; asks for it anew
 * @property {string} [said] why it is not here, unless it was stopped
 * @property {number} [since_ms] when it began, where that is known better than by this call
 */

/**
 * @param {{is_over?: boolean}} [options] whether it lies over what stands there from before, in
 *   the corner of something positioned
 */
export function createWaiting({ is_over = false } = {}) {
  const words = element("span", { attributes: { role: "status" } });
  // Not told anew each second to those who listen.
  const count = element("span", { class: "figure", attributes: { "aria-hidden": "true" } });
  const seconds = element("span", {
    class: "figure waiting-seconds",
    attributes: { "aria-hidden": "true" },
  });
  const bar = element("progress", { class: "waiting-share", attributes: { max: 1, hidden: true } });
  const stop_button = button("Stop", giveUp, { class: "button button-small is-invisible" });
  const again_button = button("Try again", askAgain, {
    class: "button button-small",
    attributes: { hidden: true },
  });
  const node = element(
    "p",
    { class: is_over ? "waiting waiting-over" : "waiting", attributes: { hidden: true } },
    words,
    count,
    seconds,
    stop_button,
    again_button,
    bar,
  );
  /** @type {string | null} */
  let text = null;
  let is_stopped = false;
  /** @type {(() => void) | null} */
  let asStop = null;
  /** @type {(() => void) | null} */
  let asAgain = null;
  let started_ms = 0;
  /** @type {number | undefined} */
  let timer;

  /** The second press of two on Stop, whose place it may have taken, is none on this. @param {Event} event */
  function askAgain(event) {
    if (!(event instanceof UIEvent && event.detail > 1)) asAgain?.();
  }

  function giveUp() {
    asStop?.();
    // Whoever stopped it by keys goes on from there.
    if (!again_button.hidden) again_button.focus();
  }

  function tick() {
    const elapsed_ms = performance.now() - started_ms;
    if (elapsed_ms < SOON_MS) return;
    const is_long = elapsed_ms >= LONG_MS;
    node.hidden = false;
    setText(words, `${text ?? ""} …`);
    setText(seconds, is_long ? `${Math.floor(elapsed_ms / 1000)}\u202fs` : "");
    // Its place is kept until then: nothing moves when it comes.
    stop_button.hidden = asStop === null;
    stop_button.classList.toggle("is-invisible", !is_long);
  }

  /** @param {{done: number, total: number} | null} progress */
  function showShare(progress) {
    const total = progress?.total ?? 0;
    bar.hidden = total === 0;
    setText(count, total === 0 ? "" : `${progress?.done} of ${total}`);
    if (progress === null || total === 0) return;
    bar.value = progress.done / total;
    bar.setAttribute("aria-label", text ?? "");
  }

  return {
    node,

    /**
     * @param {string | null} next what is awaited, without an ellipsis; null: nothing
     * @param {Awaiting} [more]
     */
    show(next, { stop = null, progress = null, again = null, said = "Stopped.", since_ms } = {}) {
      asStop = stop;
      asAgain = again;
      const is_now_stopped = next === null && again !== null;
      const began_otherwise = since_ms !== undefined && since_ms !== started_ms;
      const is_other = next !== text || is_now_stopped !== is_stopped || began_otherwise;
      text = next;
      is_stopped = is_now_stopped;
      node.classList.toggle("is-stopped", is_stopped);
      showShare(next === null ? null : progress);
      if (is_stopped) setText(words, said);
      if (!is_other) return;
      clearInterval(timer);
      // What goes on under another name keeps its words until it has others.
      if (next === null || since_ms === undefined) {
        node.hidden = !is_stopped;
        if (!is_stopped) setText(words, "");
        setText(seconds, "");
        stop_button.hidden = is_stopped;
        stop_button.classList.add("is-invisible");
      }
      again_button.hidden = !is_stopped;
      if (next === null) return;
      started_ms = since_ms ?? performance.now();
      timer = window.setInterval(tick, SOON_MS);
      if (since_ms !== undefined) tick();
    },
  };
}

/**
 * What every view of the workspace waits for before its own question: the network, then its scores.
 *
 * @param {Pick<import("../page_types.js").Context, "network" | "analysis">} context
 * @returns {{text: string, stop: () => void, progress: {done: number, total: number} | null} | null}
 */
export function awaitedFirst({ network, analysis }) {
  const { phase, model } = analysis.get();
  if (network.get().phase === "loading" && model) {
    const { progress } = network.get();
    return { text: `Opening ${model.title}`, stop: network.stop, progress };
  }
  if (phase !== "loading") return null;
  const text = `${model?.title ?? "The network"} is looking at the picture`;
  return { text, stop: analysis.stop, progress: null };
}
