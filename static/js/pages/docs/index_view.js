/** The search, and the groups of operations that are left by it. */

import { button, element } from "../../shared/element.js";
import { entryOf, search } from "./search.js";

/**
 * @param {HTMLElement} parent
 * @param {HTMLDetailsElement[]} operations
 * @param {(operation: HTMLDetailsElement) => void} open
 * @returns {{reveal: () => void}} reveal: end the search
 */
export function createIndexView(parent, operations, open) {
  const entries = operations.map(entryOf);
  const input = element("input", {
    class: "docs-input",
    attributes: {
      id: "search",
      type: "search",
      placeholder: "heatmap, softmax, upload …",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Search operations",
      "aria-keyshortcuts": "/",
    },
    on: { input: () => filter(false), keydown: onKey },
  });
  const count = element("span", { attributes: { role: "status" } });
  const more = button("", () => filter(true), { class: "button button-small" });
  parent.append(input, element("p", { class: "docs-count quiet" }, count, more));

  /** @type {import("./search.js").Entry[]} */
  let kept = entries;

  /** @param {boolean} with_mentioned */
  function filter(with_mentioned) {
    const is_searching = input.value.trim() !== "";
    const { called, mentioned } = search(entries, input.value);
    kept = with_mentioned ? [...called, ...mentioned] : called;
    for (const entry of entries) entry.view.hidden = !kept.includes(entry);
    for (const group of document.querySelectorAll(".docs-group")) {
      const left = group.querySelectorAll(".docs-operation:not([hidden])").length;
      group.toggleAttribute("hidden", left === 0);
      const id = group.getAttribute("aria-labelledby") ?? "";
      const link = document.querySelector(`.docs-index-link[href="#${CSS.escape(id)}"]`);
      link?.parentElement?.toggleAttribute("hidden", left === 0);
      const figure = link?.querySelector(".figure");
      if (figure) figure.textContent = String(left);
    }
    count.textContent = !is_searching
      ? `${entries.length} operations`
      : kept.length === 0
        ? "Nothing matches. Try fewer letters."
        : `${kept.length} of ${entries.length}`;
    // What is found stands at the top.
    document.querySelector(".docs-introduction")?.toggleAttribute("hidden", is_searching);
    more.hidden = !is_searching || with_mentioned || mentioned.length === 0;
    more.textContent = `${mentioned.length} more mention it`;
  }
  filter(false);

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key === "Escape") reveal();
    else if (event.key === "Enter" && kept.length > 0 && input.value !== "") open(kept[0].view);
    else return;
    event.preventDefault();
  }

  function reveal() {
    if (input.value === "") return;
    input.value = "";
    filter(false);
  }

  return { reveal };
}
