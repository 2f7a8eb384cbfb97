/** A button that copies a text which stands on the page. */

import { button, element } from "./element.js";

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

  return element("div", { class: "toolbar copy" }, said, copy);
}
