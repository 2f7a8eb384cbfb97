/** Terms of the field that explain themselves where they are tapped. The page brings the glossary. */

import { element } from "./element.js";

/** @typedef {{name: string, sentences: string, address: string, chapter: string, operations?: string[]}} Entry */

const GAP_PX = 6;
const EDGE_PX = 8;

/** @type {Map<string, Entry> | null} */
let glossary = null;

/** @returns {Map<string, Entry>} empty on a page that brings none */
function entries() {
  if (!glossary) {
    const written = document.getElementById("glossary")?.textContent ?? "{}";
    glossary = new Map(Object.entries(JSON.parse(written)));
  }
  return glossary;
}

/**
 * @param {string} key in the glossary
 * @param {string} text as it stands on the page
 * @returns {Node} that can be tapped; the text alone where the page brings no glossary
 */
export function term(key, text) {
  const entry = entries().get(key);
  if (!entry) return document.createTextNode(text);
  /** Whether it was open when the pointer came down, which closes it. */
  let was_open = false;
  const node = element("button", {
    class: "term",
    text,
    attributes: {
      type: "button",
      "data-term": key,
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
    },
    on: {
      pointerdown() {
        was_open = opener === node;
      },
      /** @param {MouseEvent} event */
      click(event) {
        const is_open = event.detail > 0 ? was_open : opener === node;
        if (is_open) close();
        else open(node, entry);
      },
    },
  });
  return node;
}

/**
 * @param {string} operation of a layer
 * @param {string} text
 * @returns {Node}
 */
export function operationTerm(operation, text) {
  const found = [...entries()].find(([, { operations }]) => operations?.includes(operation));
  return found ? term(found[0], text) : document.createTextNode(text);
}

/** @type {HTMLElement | null} */
let opener = null;
/** @type {ReturnType<typeof createPopover> | null} */
let popover = null;

/** One for all of them. */
function createPopover() {
  const name = element("strong", { attributes: { id: "term-name" } });
  const sentences = element("p");
  const link = element("a");
  const node = element(
    "div",
    {
      class: "term-popover",
      attributes: { popover: "auto", role: "dialog", tabindex: -1, "aria-labelledby": "term-name" },
      on: {
        // At once: `toggle` comes later, and not at all where another one is opened meanwhile.
        /** @param {ToggleEvent} event */
        beforetoggle(event) {
          if (event.newState === "open") return;
          opener?.setAttribute("aria-expanded", "false");
          opener = null;
        },
        /** Escape closes this and nothing of the page besides. @param {KeyboardEvent} event */
        keydown(event) {
          event.stopPropagation();
          if (event.key !== "Escape") return;
          event.preventDefault();
          const back = opener;
          close();
          back?.focus();
        },
        /** @param {FocusEvent} event */
        focusout({ relatedTarget }) {
          const is_away = relatedTarget instanceof Node && !node.contains(relatedTarget);
          if (is_away && relatedTarget !== opener) close();
        },
      },
    },
    name,
    sentences,
    link,
  );
  document.body.append(node);
  // It goes along with its word, as long as that can be seen.
  document.addEventListener("scroll", follow, { capture: true, passive: true });
  window.addEventListener("resize", follow);
  return { node, name, sentences, link };
}

/** @param {HTMLElement} from @param {Entry} entry */
function open(from, { name, sentences, address, chapter }) {
  popover ??= createPopover();
  close();
  opener = from;
  from.setAttribute("aria-expanded", "true");
  popover.name.textContent = name;
  popover.sentences.textContent = sentences;
  popover.link.textContent = `Learn: ${chapter}`;
  popover.link.href = (document.documentElement.dataset.root ?? "./") + address;
  popover.node.showPopover();
  place(from, popover.node);
  popover.node.focus({ preventScroll: true });
}

function follow() {
  if (!opener || !popover) return;
  const { top, bottom } = opener.getBoundingClientRect();
  if (bottom < 0 || top > document.documentElement.clientHeight) close();
  else place(opener, popover.node);
}

function close() {
  if (popover?.node.matches(":popover-open")) popover.node.hidePopover();
}

/** Beneath its word, or above where there is no room. @param {HTMLElement} from @param {HTMLElement} node */
function place(from, node) {
  const word = from.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const { clientHeight } = document.documentElement;
  const { clientWidth } = document.body; // without the room that is kept for a scrollbar
  const below = word.bottom + GAP_PX;
  const has_room = below + height <= clientHeight - EDGE_PX;
  const top = has_room ? below : Math.max(EDGE_PX, word.top - GAP_PX - height);
  const left = Math.max(EDGE_PX, Math.min(word.left, clientWidth - EDGE_PX - width));
  node.style.top = `${top}px`;
  node.style.left = `${left}px`;
}
