/** The list of keys, and the keys themselves. */

import { button, element } from "./element.js";

/**
 * @typedef {object} Key
 * @property {string} key as the keyboard event names it
 * @property {string} meaning "" for one that the list names with another
 * @property {string} [label] instead of the key's own name
 * @property {(event: KeyboardEvent) => void} act
 */

/** Where letters are typed, or choose an option. */
const LETTERS_TAKEN =
  "input:not([type=range], [type=radio], [type=checkbox], [type=button], [type=file], [type=color]), \
textarea, select, [contenteditable]";
/** Where a person moves about with the arrow keys already. */
const ARROWS_TAKEN = "[role=tree], [role=listbox], [role=radiogroup], input";

/**
 * @param {HTMLElement} parent of the button that opens the list
 * @param {Key[]} keys
 * @param {object} [options]
 * @param {boolean} [options.takes_files] whether pictures and weights may be dropped
 * @param {{text: string, act: () => void}[]} [options.ways] to other help
 * @returns {import("../page_types.js").View}
 */
export function createKeyHelpView(parent, keys, { takes_files = true, ways = [] } = {}) {
  /** @type {Key[]} */
  const all = [...keys, { key: "?", meaning: "show this list", act: open }];
  const escape = { key: "Esc", meaning: "close what is open, stop what is running", label: "Esc" };
  const rows = [...all, escape]
    .filter(({ meaning }) => meaning !== "")
    .map(({ key, label, meaning }) =>
      element(
        "div",
        { class: "key-row" },
        element("dt", {}, element("kbd", { text: label ?? key })),
        element("dd", { text: meaning }),
      ),
    );
  const dialog = element(
    "dialog",
    { class: "dialog key-help", attributes: { "aria-labelledby": "key-help-title" } },
    element("h2", { text: "Keys", attributes: { id: "key-help-title" } }),
    // It takes the focus as the dialog opens, which so begins at its top.
    element("dl", { attributes: { tabindex: 0, "aria-label": "List of keys" } }, ...rows),
    takes_files
      ? element(
          "p",
          { class: "quiet" },
          "A picture, or the weights of your own network, can also be dropped anywhere on the page, \
or pasted with Ctrl+V.",
        )
      : null,
    element(
      "div",
      { class: "key-help-ways" },
      ...ways.map(({ text, act }) =>
        button(text, () => {
          dialog.close();
          act();
        }),
      ),
      button("Close", () => dialog.close(), { class: "button button-primary" }),
    ),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
  const opener = button("?", open, {
    class: "button button-quiet button-mark",
    title: "Keys (?)",
    attributes: { "aria-label": "Keys" },
  });
  parent.append(opener);
  document.body.append(dialog);

  function open() {
    dialog.showModal();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const found = event.target instanceof Element ? event.target : null;
    // For a moment the focus may still be in a dialog that has just been closed.
    const target = found?.closest("dialog:not([open])") ? null : found;
    if (target?.closest(LETTERS_TAKEN)) return;
    if (event.key.startsWith("Arrow") && target?.closest(ARROWS_TAKEN)) return;
    const match = all.find(({ key }) => key === event.key);
    if (!match) return;
    event.preventDefault();
    match.act(event);
  }
  document.addEventListener("keydown", onKey);

  return {
    destroy() {
      document.removeEventListener("keydown", onKey);
      dialog.remove();
      opener.remove();
    },
  };
}
