/** What the masthead of every page has besides its links: the theme, and the keys of the page. */

import { byId, element } from "./element.js";
import { createKeyHelpView } from "./key_help.js";
import { asProblem } from "./problem.js";
import { createThemeView } from "./theme.js";

/** In place of what could not begin. @param {unknown} error */
export function tellNotStarted(error) {
  const text = `The page could not start: ${asProblem(error).message}`;
  const notice = element("p", { class: "notice notice-problem", text, attributes: { role: "alert" } });
  document.querySelector("main")?.prepend(notice);
}

/**
 * @param {import("./key_help.js").Key[]} [keys] that this page has besides
 * @param {{takes_files?: boolean}} [options] takes_files: whether pictures and weights may be dropped
 */
export function createFrame(keys = [], { takes_files = false } = {}) {
  const tools = byId("masthead-tools");
  const theme = createThemeView(tools);
  const all = [...keys, { key: "t", meaning: "theme: system, light, dark", act: () => theme.next() }];
  createKeyHelpView(tools, all, { takes_files });
}
