/** Five small cards, one after the other, each beside what it talks about. Nothing is locked. */

import { button, element } from "../shared/element.js";
import { placeBeside } from "./placing.js";
import { STEPS } from "./steps.js";

const KEY = "convscope-tour";
const DISMISSED = "dismissed";
/** As in the style sheets: from here down the card is a sheet at the bottom. */
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
export function createTourView({ state, analysis, unit_field }) {
  const narrow = window.matchMedia(NARROW);
  // Who follows a link wants to see what it leads to.
  let is_offered = window.location.search === "" && !isDismissed();
  /** @type {number | null} */
  let at = null;
  /** @type {Element | null} */
  let target = null;
  /** @type {Element | null} */
  let came_from = null;

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

  const resizing = new ResizeObserver(place);

  function place() {
    if (card.hidden || !target) return;
    card.style.transform = narrow.matches ? "" : placeBeside(target.getBoundingClientRect(), card);
  }

  function unmark() {
    target?.classList.remove("is-toured");
    resizing.disconnect();
    target = null;
  }

  /** A sheet at the bottom leaves room between the picture, which stays on top, and itself. */
  function scrollThere() {
    if (!narrow.matches || !target) return;
    const stage = document.querySelector("#stage");
    const top = target === stage ? 0 : (stage?.clientHeight ?? 0);
    window.scrollBy({ top: target.getBoundingClientRect().top - top - ROOM_PX, behavior: "instant" });
  }

  /** On a phone the sheet makes room where a person has gone elsewhere: what they asked for counts. */
  function fold() {
    const is_elsewhere = at !== null && narrow.matches && state.get().tab !== STEPS[at].tab;
    card.classList.toggle("is-folded", is_elsewhere);
  }

  /** @param {boolean} [brings] the target into sight */
  function show(brings = true) {
    if (at === null) return;
    const step = STEPS[at];
    if (step.maps && state.get().lens !== "maps") state.change({ lens: "maps" }, { replace: true });
    const found = document.querySelector(step.at);
    const needs_tab = narrow.matches || !found?.checkVisibility();
    if (needs_tab && state.get().tab !== step.tab) state.change({ tab: step.tab }, { replace: true });
    unmark();
    count.textContent = `${at + 1} of ${STEPS.length}`;
    title.textContent = step.title;
    text.textContent = step.text;
    back.disabled = at === 0;
    next.textContent = at === STEPS.length - 1 ? "Done" : "Next";
    card.hidden = false;
    document.body.classList.add("has-tour");
    target = found;
    if (!target) return;
    target.classList.add("is-toured");
    resizing.observe(target);
    fold();
    if (brings) scrollThere();
    place();
  }

  /** @param {number} steps */
  function go(steps) {
    if (at === null) return;
    at += steps;
    if (at >= STEPS.length) close();
    else show();
    // A button that can be pressed no more would lose the focus.
    if (back.disabled && steps < 0) next.focus();
  }

  function close() {
    if (at === null) return;
    const had_focus = card.contains(document.activeElement);
    at = null;
    unmark();
    card.hidden = true;
    document.body.classList.remove("has-tour");
    dismiss();
    if (had_focus && came_from instanceof HTMLElement) came_from.focus();
    came_from = null;
  }

  function start() {
    came_from = document.activeElement;
    is_offered = false;
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
  window.addEventListener("resize", place);
  window.addEventListener("scroll", place, { capture: true, passive: true });
  narrow.addEventListener("change", showAgain);
  const ends = [analysis.subscribe(offer), unit_field.subscribe(offer), state.subscribe(fold)];
  offer();

  return {
    start,
    destroy() {
      for (const stop of ends) stop();
      document.removeEventListener("keydown", onKey);
      window.removeEventListener("resize", place);
      window.removeEventListener("scroll", place, { capture: true });
      narrow.removeEventListener("change", showAgain);
      unmark();
      card.remove();
    },
  };
}
