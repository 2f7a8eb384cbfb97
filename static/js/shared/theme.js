/** The switch between the system's theme, light and dark. */

import { button } from "./element.js";

const KEY = "convscope-theme";
const THEMES = /** @type {const} */ (["system", "light", "dark"]);
const MARKS = { system: "◐", light: "○", dark: "●" };

/** @typedef {typeof THEMES[number]} Theme */

/** @returns {Theme} */
function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** @param {Theme} theme */
function applyTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is forbidden here: the choice holds until the page is left.
  }
}

/**
 * @param {HTMLElement} parent
 * @returns {import("../page_types.js").View & {next: () => void}}
 */
export function createThemeView(parent) {
  const toggle = button("", next, { class: "button button-quiet button-mark" });
  parent.append(toggle);
  show();

  function show() {
    const theme = currentTheme();
    toggle.textContent = MARKS[theme];
    toggle.title = `Theme: ${theme === "system" ? "as the system" : theme} (t)`;
    toggle.setAttribute("aria-label", toggle.title);
  }

  function next() {
    applyTheme(THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length]);
    show();
  }

  return { next, destroy: () => toggle.remove() };
}
