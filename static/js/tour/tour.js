/**
 * Five small steps, one after the other, beneath everything else: what they talk about is framed, and
 * nothing is covered or locked. Whoever does what a step advises is at the next.
 */

import { button, element } from "../shared/element.js";
import { STEPS } from "./steps.js";

const KEY = "convscope-tour";
const DISMISSED = "dismissed";
/** As in the style sheets: from here down the columns are one, and the page scrolls. */
const NARROW = "(max-width: 52rem)";
const ROOM_PX = 12;

function isDismissed() {
  try {
    return localStorage.getItem(KEY) === DISMISSED;
  } catch {
    return false; // storage is switched off
  }
}

function dismiss() {
  try {
    localStorage.setItem(KEY, DISMISSED);
  } catch {
    // Without storage it comes again with the next visit.
  }
}

/**
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View & {start: () => void}}
 */
export function createTourView({ state, stage, pictures, analysis, unit_field }) {
  const narrow = window.matchMedia(NARROW);
  // Who follows a link wants to see what it leads to.
  let is_offered = window.location.search === "" && !isDismissed();
  /** @type {number | null} */
  let at = null;
  /** @type {Element | null} */
  let target = null;
  /** @type {Element | null} */
  let came_from = null;
  /** Came by what a person did, who may still look at that: on a phone it does not unfold yet. */
  let came_by_itself = false;
  let is_showing = false;

  const count = element("p", { class: "tour-count quiet" });
  const title = element("h2", { class: "tour-title", attributes: { id: "tour-title", tabindex: "-1" } });
  const text = element("p", { class: "tour-text" });
  const back = button("Back", () => go(-1), { class: "button button-small" });
  const next = button("Next", () => go(1), { class: "button button-small button-primary" });
  const end = button("Close", close, {
    class: "button button-small button-quiet",
    title: "Close the tour (Esc). It can be found again under ?",
    attributes: { "aria-label": "Close the tour" },
  });
  const card = element(
    "section",
    {
      class: "tour",
      attributes: { role: "dialog", "aria-modal": "false", "aria-labelledby": "tour-title", hidden: true },
    },
    element("div", { class: "tour-words", attributes: { "aria-live": "polite" } }, count, title, text),
    element("div", { class: "tour-tools" }, end, back, next),
  );
  // Early in the order of the keyboard; where it stands on the page is another matter.
  /** @type {HTMLElement} */ (document.querySelector(".masthead")).after(card);

  // Its room is kept from the start: nothing moves when it comes.
  document.body.classList.toggle("has-tour", is_offered);

  function unmark() {
    target?.classList.remove("is-toured");
    target = null;
  }

  /** A sheet at the bottom leaves room between the picture, which stays on top, and itself. */
  function scrollThere() {
    if (!narrow.matches || !target) return;
    const on_top = document.querySelector("#stage");
    const top = target === on_top ? 0 : (on_top?.clientHeight ?? 0);
    window.scrollBy({ top: target.getBoundingClientRect().top - top - ROOM_PX, behavior: "instant" });
  }

  /** On a phone the sheet makes room where a person has gone elsewhere: what they asked for counts. */
  function fold() {
    const is_elsewhere = at !== null && narrow.matches && state.get().tab !== STEPS[at].tab;
    card.classList.toggle("is-folded", is_elsewhere || (came_by_itself && narrow.matches));
  }

  /** @param {boolean} [brings] the target into sight */
  function show(brings = true) {
    if (at === null) return;
    const step = STEPS[at];
    is_showing = true;
    if (brings) bring(step);
    is_showing = false;
    const found = document.querySelector(step.at);
    unmark();
    count.textContent = `${at + 1} of ${STEPS.length}`;
    title.textContent = step.title;
    text.textContent = step.text;
    back.disabled = at === 0;
    next.textContent = at === STEPS.length - 1 ? "Done" : "Next";
    card.hidden = false;
    document.body.classList.add("has-tour");
    target = found;
    target?.classList.add("is-toured");
    fold();
    if (brings) scrollThere();
  }

  /** @param {(typeof STEPS)[number]} step */
  function bring(step) {
    if (step.maps && state.get().lens !== "maps") state.change({ lens: "maps" }, { replace: true });
    const needs_tab = narrow.matches || !document.querySelector(step.at)?.checkVisibility();
    if (needs_tab && state.get().tab !== step.tab) state.change({ tab: step.tab }, { replace: true });
  }

  /** @type {Parameters<typeof state.subscribe>[0]} */
  function follow(now, before) {
    if (at !== null && !is_showing && STEPS[at].isDone(now, before)) {
      at += 1;
      came_by_itself = true;
      if (at >= STEPS.length) close();
      else show(false);
    }
    fold();
  }

  /** @param {number} steps */
  function go(steps) {
    if (at === null) return;
    // What is folded is read first.
    const is_unread = came_by_itself && narrow.matches && steps > 0;
    came_by_itself = false;
    if (!is_unread) at += steps;
    if (at >= STEPS.length) close();
    else show();
    // A button that can be pressed no more would lose the focus.
    if (back.disabled && steps < 0) next.focus();
  }

  function close() {
    is_offered = false;
    document.body.classList.remove("has-tour");
    if (at === null) return;
    const had_focus = card.contains(document.activeElement);
    at = null;
    unmark();
    card.hidden = true;
    dismiss();
    if (had_focus && came_from instanceof HTMLElement) came_from.focus();
    came_from = null;
  }

  function start() {
    came_from = document.activeElement;
    is_offered = false;
    came_by_itself = false;
    at = 0;
    show();
    title.focus({ preventScroll: true });
  }

  /** Once there is a picture to talk of. It takes the focus from nobody, and the page stays at its top. */
  function offer() {
    if (!is_offered || analysis.get().phase !== "ready" || !unit_field.get().selected) return;
    is_offered = false;
    at = 0;
    show(false);
  }

  const showAgain = () => show();
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || at === null) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    close();
  }
  document.addEventListener("keydown", onKey);
  narrow.addEventListener("change", showAgain);
  const ends = [
    ...[analysis.subscribe(offer), unit_field.subscribe(offer), state.subscribe(follow)],
    // Who draws, photographs or uploads has found a way of their own.
    stage.subscribe((mode) => mode !== "picture" && close()),
    pictures.subscribe(({ sending }) => sending && close()),
  ];
  offer();

  return {
    start,
    destroy() {
      for (const stop of ends) stop();
      document.removeEventListener("keydown", onKey);
      narrow.removeEventListener("change", showAgain);
      unmark();
      card.remove();
    },
  };
}
