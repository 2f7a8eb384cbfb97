/**
 * What a page waits for, said where it is in sight wherever on the page somebody is: in words at
 * once, with the seconds, the share that is done and a way to stop once it is slow.
 */

import { under_way } from "./under_way.js";
import { SOON_MS, createWaiting } from "./waiting.js";

/** @typedef {import("./under_way.js").Question} Question */

/** Answers that come one after the other are one wait: the words do not come and go between them. */
const BETWEEN_MS = 150;
/** What is asked so soon after somebody did something is asked because of it. */
const CAUSE_MS = 1000;

/** @type {[RegExp, string][]} */
const WORDS = [
  [/^\/images/, "Reading the picture"],
  [/^\/openapi/, "Fetching what can be asked"],
  [/^\/examples/, "Fetching the pictures"],
  [/^\/models(\?|$)/, "Fetching the list of networks"],
  [/^\/models\/[^/]+(\?|$)/, "Opening the network"],
  [/\/predictions|\/input/, "The network is looking at the picture"],
  [/\/activations/, "Fetching the maps"],
  [/\/filters|\/templates/, "Fetching the filters"],
  [/\/attribution/, "Computing the attribution"],
  [/\/gradients/, "Computing the gradients"],
  [/^\/training\/runs\/[^/]+\/(pause|resume|step|finish)/, "Telling the run"],
  [/^\/training\/runs\/[^/]+\/samples/, "Fetching the samples"],
  [/^\/training/, "Asking about the training"],
];

/** @param {string} path @returns {string} */
const wordsFor = (path) => WORDS.find(([pattern]) => pattern.test(path))?.[1] ?? "Computing";

/**
 * @param {string} [parts] of the page, as a selector. What was done in one is awaited in it; from
 *   when that is said until the answer is there it has `data-awaited`
 */
export function createAwaited(parts) {
  const waiting = createWaiting();
  waiting.node.classList.add("awaited");
  document.querySelector("main")?.append(waiting.node);
  /** @type {Element | null} */
  let touched = null;
  let touched_ms = -CAUSE_MS;
  /** The part in which each was caused. @type {Map<Question, Element>} */
  const causes = new Map();
  /** @type {Element[]} */
  let marked = [];
  let began_ms = 0;
  let is_shown = false;
  /** @type {number | undefined} */
  let timer;

  /** @param {Event} event */
  function note(event) {
    if (!parts || !(event.target instanceof Element) || waiting.node.contains(event.target)) return;
    touched = event.target.closest(parts);
    touched_ms = performance.now();
  }
  for (const name of ["pointerdown", "pointermove", "click", "input", "change", "keydown"]) {
    document.addEventListener(name, note, { capture: true, passive: true });
  }

  /** @param {Iterable<Element>} next */
  function mark(next) {
    const wanted = [...new Set(next)];
    for (const each of marked) if (!wanted.includes(each)) each.removeAttribute("data-awaited");
    for (const each of wanted) if (!marked.includes(each)) each.setAttribute("data-awaited", "");
    marked = wanted;
  }

  function stop() {
    for (const question of under_way.get()) question.stop();
  }

  function update() {
    clearTimeout(timer);
    const questions = under_way.get();
    for (const question of causes.keys()) if (!questions.includes(question)) causes.delete(question);
    for (const question of questions) {
      const is_caused = question.since_ms - touched_ms < CAUSE_MS;
      if (touched && is_caused && !causes.has(question)) causes.set(question, touched);
    }
    if (questions.length === 0) {
      mark([]);
      if (is_shown) timer = window.setTimeout(end, BETWEEN_MS);
      return;
    }
    const [oldest] = questions;
    const now_ms = performance.now();
    if (!is_shown && now_ms - oldest.since_ms < SOON_MS) {
      timer = window.setTimeout(update, SOON_MS - (now_ms - oldest.since_ms));
      return;
    }
    if (!is_shown) began_ms = oldest.since_ms;
    is_shown = true;
    const { progress } = oldest;
    waiting.show(wordsFor(oldest.path), { since_ms: began_ms, progress, stop });
    mark([...causes].filter(([{ since_ms }]) => now_ms - since_ms >= SOON_MS).map(([, part]) => part));
    timer = window.setTimeout(update, SOON_MS);
  }

  function end() {
    is_shown = false;
    waiting.show(null);
  }
  under_way.subscribe(update);
  update();
}
