/** The index of operations at the side, its search, and where the reader is. */

import { element } from "../../shared/element.js";
import { groupByTag } from "./openapi.js";
import { methodBadge } from "./operation.js";

/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {{operation: Operation, link: HTMLElement, section: HTMLElement, text: string}} Entry */

const NARROW = "(max-width: 52rem)";

/** @param {Operation} operation */
const searchText = ({ method, path, tag, summary, description, fields, problems }) =>
  [
    [method, path, tag, summary, description],
    fields.map(({ name }) => name),
    problems.map(({ slug }) => slug),
  ]
    .flat()
    .join(" ")
    .toLowerCase();

/** @param {Operation} operation */
const createLink = ({ id, method, summary, path }) =>
  element(
    "a",
    { class: "docs-index-link", attributes: { href: `#${id}`, title: path } },
    methodBadge(method),
    element("span", { text: summary }),
  );

/**
 * @param {HTMLElement} parent
 * @param {Operation[]} operations
 * @param {Map<string, HTMLElement>} sections by the operation's id
 * @returns {{focusSearch: () => void, reveal: () => void}} reveal: end the search
 */
export function createIndexView(parent, operations, sections) {
  /** @type {Entry[]} */
  const entries = operations.map((operation) => ({
    operation,
    link: createLink(operation),
    section: /** @type {HTMLElement} */ (sections.get(operation.id)),
    text: searchText(operation),
  }));
  const input = element("input", {
    class: "docs-input",
    attributes: {
      type: "search",
      placeholder: "Search (/)",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Search operations",
    },
    on: { input: filter, keydown: onKey },
  });
  const count = element("p", { class: "quiet", attributes: { role: "status" } });
  const groups = groupByTag(operations).map(({ tag, operations: members }) =>
    element(
      "div",
      { class: "docs-index-group" },
      element("p", { class: "docs-index-tag", text: tag }),
      ...entries.filter(({ operation }) => members.includes(operation)).map(({ link }) => link),
    ),
  );
  const list = element(
    "details",
    { class: "docs-index-list" },
    element("summary", { text: `${operations.length} operations` }),
    ...groups,
  );
  parent.append(input, count, list);

  const narrow = window.matchMedia(NARROW);
  const foldWhereNarrow = () => {
    list.open = !narrow.matches || input.value !== "";
  };
  narrow.addEventListener("change", foldWhereNarrow);
  foldWhereNarrow();

  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let kept = 0;
    for (const { link, section, text } of entries) {
      const matches = words.every((word) => text.includes(word));
      link.hidden = !matches;
      section.hidden = !matches;
      kept += Number(matches);
    }
    for (const box of [...groups, ...document.querySelectorAll(".docs-group")]) {
      const members = [...box.querySelectorAll(".docs-index-link, .docs-operation")];
      box.toggleAttribute("hidden", !members.some((member) => !member.hasAttribute("hidden")));
    }
    count.textContent =
      words.length === 0
        ? ""
        : kept === 0
          ? "Nothing matches. Try fewer letters."
          : `${kept} of ${entries.length}`;
    foldWhereNarrow();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key === "Escape") reveal();
    else if (event.key === "Enter") entries.find(({ link }) => !link.hidden)?.link.click();
  }

  function reveal() {
    if (input.value === "") return;
    input.value = "";
    filter();
  }

  /** @param {HTMLElement} link scrolled within the index only, never the page */
  function keepInView(link) {
    const shown = parent.getBoundingClientRect();
    const { top, bottom } = link.getBoundingClientRect();
    if (top < shown.top) parent.scrollTop -= shown.top - top;
    else if (bottom > shown.bottom) parent.scrollTop += bottom - shown.bottom;
  }

  /** @type {Set<Element>} */
  const seen = new Set();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
      }
      const current = entries.find(({ section }) => seen.has(section));
      for (const entry of entries) {
        if (entry === current) entry.link.setAttribute("aria-current", "true");
        else entry.link.removeAttribute("aria-current");
      }
      if (current) keepInView(current.link);
    },
    // The line on which one reads: below the masthead, in the upper third.
    { rootMargin: "-25% 0px -70% 0px" },
  );
  for (const { section } of entries) observer.observe(section);

  return { focusSearch: () => input.focus(), reveal };
}
