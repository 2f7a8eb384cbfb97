/** A block of code that scrolls by itself and can be reached by the keyboard. */

import { element } from "../../shared/element.js";

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
