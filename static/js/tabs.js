/** On a narrow screen: which of the columns stands beneath the picture. */

import { button, element } from "./shared/element.js";

/** @type {{tab: import("./page_types.js").Tab, text: string, panel: string}[]} */
const TABS = [
  { tab: "scores", text: "Scores", panel: "scores-heading" },
  { tab: "network", text: "Network", panel: "network-heading" },
  { tab: "layer", text: "Layer", panel: "layer-heading" },
];

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

  function update() {
    const { tab } = state.get();
    document.body.dataset.tab = tab;
    TABS.forEach((entry, index) => {
      buttons[index].setAttribute("aria-pressed", String(entry.tab === tab));
    });
  }
  const end = state.subscribe(update);
  update();

  return {
    destroy() {
      end();
      list.remove();
    },
  };
}
