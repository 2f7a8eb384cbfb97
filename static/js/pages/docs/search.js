/** What of the page matches the words that somebody types. */

/**
 * @typedef {object} Entry
 * @property {HTMLDetailsElement} view
 * @property {string} called what it is called, by the page or by people
 * @property {string} said all that the page says of it
 */

/**
 * @param {string} text
 * @returns {string} as it is compared: "Grad-CAM", "grad_cam" and "gradcam" are one
 */
export const simplified = (text) =>
  text
    .toLowerCase()
    .replaceAll(/(?<=\w)[-_](?=\w)/g, "")
    .replaceAll(/\s+/g, " ");

/** @param {HTMLDetailsElement} view @returns {Entry} */
export function entryOf(view) {
  /** @param {string} selector */
  const text = (selector) => view.querySelector(selector)?.textContent ?? "";
  const group = view.closest(".docs-group")?.querySelector("h2")?.textContent ?? "";
  const called = [group, text("h3"), text(".docs-path"), text(".docs-method")];
  const prose = [...view.querySelectorAll(".docs-prose, .docs-names")];
  return {
    view,
    called: simplified([...called, view.dataset.words ?? ""].join(" ")),
    said: simplified(prose.map((node) => node.textContent ?? "").join(" ")),
  };
}

/**
 * @param {Entry[]} entries
 * @param {string} query
 * @returns {{called: Entry[], mentioned: Entry[]}} called so, and those that only mention it; of
 *   what nothing is called, all that mention it
 */
export function search(entries, query) {
  const words = simplified(query).split(" ").filter(Boolean);
  const called = entries.filter((entry) => words.every((word) => entry.called.includes(word)));
  const mentioned = entries.filter(
    (entry) =>
      !called.includes(entry) &&
      words.every((word) => entry.called.includes(word) || entry.said.includes(word)),
  );
  return called.length > 0 ? { called, mentioned } : { called: mentioned, mentioned: [] };
}
