/** How the layer is looked at: one lens at a time, each a panel of its own. */

import { button } from "../element.js";

/** @type {{lens: import("../types.js").Lens, text: string, title: string}[]} */
const LENSES = [
  { lens: "maps", text: "Maps", title: "What the layer computed for this picture (1)" },
  { lens: "number", text: "How", title: "How the selected unit got its value (2)" },
  { lens: "filters", text: "Filters", title: "What the layer's units look for (3)" },
  { lens: "why", text: "Why", title: "Which pixels speak for a class or a unit (4)" },
  { lens: "what-if", text: "What if", title: "Switch channels off, change the picture (5)" },
];

/**
 * The panels are the template's `#lens-<name>`.
 *
 * @param {HTMLElement} parent
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View & {keys: import("./key_help.js").Key[]}}
 */
export function createLensesView(parent, { state }) {
  parent.setAttribute("role", "tablist");
  parent.setAttribute("aria-label", "Ways to look at the layer");
  const panels = LENSES.map(({ lens }) => {
    const panel = /** @type {HTMLElement} */ (document.getElementById(`lens-${lens}`));
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `lens-tab-${lens}`);
    return panel;
  });
  const tabs = LENSES.map(({ lens, text, title }) =>
    button(text, () => choose(lens), {
      class: "tab lens-tab",
      title,
      attributes: { id: `lens-tab-${lens}`, role: "tab", "aria-controls": `lens-${lens}` },
    }),
  );
  parent.append(...tabs);
  parent.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = LENSES.findIndex(({ lens }) => lens === state.get().lens);
    const next = (at + step + LENSES.length) % LENSES.length;
    choose(LENSES[next].lens);
    tabs[next].focus();
  });

  /** @param {import("../types.js").Lens} lens */
  function choose(lens) {
    state.change({ lens, tab: "layer" });
  }

  function update() {
    const { lens: chosen } = state.get();
    LENSES.forEach(({ lens }, index) => {
      const is_chosen = lens === chosen;
      tabs[index].setAttribute("aria-selected", String(is_chosen));
      tabs[index].tabIndex = is_chosen ? 0 : -1;
      panels[index].hidden = !is_chosen;
    });
  }
  const end = state.subscribe(update);
  update();

  return {
    keys: LENSES.map(({ lens, text }, index) => ({
      key: String(index + 1),
      meaning: `lens: ${text}`,
      act: () => choose(lens),
    })),
    destroy() {
      end();
      parent.replaceChildren();
    },
  };
}
