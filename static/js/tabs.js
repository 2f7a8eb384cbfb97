/** On a narrow screen: which of the columns stands beneath the picture. */

import { button, element } from "./shared/element.js";

/** @type {{tab: import("./page_types.js").Tab, text: string, panel: string}[]} */
const TABS = [
  { tab: "scores", text: "Scores", panel: "scores-heading" },
  { tab: "network", text: "Network", panel: "network-heading" },
  { tab: "layer", text: "Layer", panel: "layer-heading" },
];

/** The scores have a place of their own there, and the tabs are for what stands beside them. */
const SCORES_STAND_APART = "(width > 52rem)";

/**
 * @param {HTMLElement} parent
 * @param {import("./page_types.js").Context} context
 * @returns {import("./page_types.js").View}
 */
export function createTabsView(parent, { state }) {
  const buttons = TABS.map(({ tab, text, panel }) =>
    button(text, () => state.change({ tab }, { replace: true }), {
      class: "tab",
      attributes: { "aria-controls": panel },
    }),
  );
  const list = element("div", { class: "tab-list" }, ...buttons);
  parent.append(list);
  parent.setAttribute("role", "group");
  parent.setAttribute("aria-label", "What to show beneath the picture");

  const apart = matchMedia(SCORES_STAND_APART);

  function update() {
    const { tab } = state.get();
    document.body.dataset.tab = tab;
    const shown = apart.matches && tab === "scores" ? "network" : tab;
    TABS.forEach((entry, index) => {
      buttons[index].setAttribute("aria-pressed", String(entry.tab === shown));
    });
  }
  const end = state.subscribe(update);
  apart.addEventListener("change", update);
  update();

  return {
    destroy() {
      end();
      apart.removeEventListener("change", update);
      list.remove();
    },
  };
}
