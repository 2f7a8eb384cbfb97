/** A block of code that scrolls by itself and can be reached by the keyboard. */

import { button, element } from "../../shared/element.js";

/**
 * @param {string} text
 * @param {string} label for screen readers
 */
export function codeBlock(text, label) {
  return element(
    "pre",
    { class: "code docs-code", attributes: { tabindex: 0, role: "group", "aria-label": label } },
    element("code", { text }),
  );
}

/**
 * A command, which wraps instead of scrolling.
 *
 * @param {string} text
 * @param {string} label for screen readers
 */
export function commandBlock(text, label) {
  const block = codeBlock(text, label);
  block.classList.add("docs-command");
  return block;
}

/**
 * A button that copies what stands in an element.
 *
 * @param {HTMLElement} source
 * @param {string} name of what is copied, for screen readers
 * @returns {HTMLElement}
 */
export function createCopyButton(source, name) {
  const said = element("span", { class: "quiet", attributes: { role: "status" } });
  const copy = button("Copy", copyText, {
    class: "button button-small",
    attributes: { "aria-label": `Copy ${name}` },
  });

  async function copyText() {
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
      said.textContent = "Copied";
    } catch {
      // The clipboard is closed to pages from plain http: mark the text for the person to copy.
      window.getSelection()?.selectAllChildren(source);
      said.textContent = "Marked: press Ctrl+C";
    }
  }

  return element("div", { class: "toolbar docs-copy" }, said, copy);
}
