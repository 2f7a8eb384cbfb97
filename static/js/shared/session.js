/** What this tab remembers over a reload; without storage until the page is loaded again. */

/** @param {string} key @returns {unknown} null: nothing is kept there, or nothing of ours */
export function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null; // storage is switched off, or holds something else
  }
}

/** @param {string} key @param {unknown} value */
export function keep(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is switched off, or full.
  }
}
