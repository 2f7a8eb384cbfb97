/** How the layer is looked at: one lens at a time, each a panel of its own. */

import { button, element } from "../shared/element.js";
import { asProblem, problemFromFailure } from "../shared/problem.js";

/** @typedef {(panel: HTMLElement, context: import("../page_types.js").Context) => unknown} CreatePanel */
/**
 * `load` fetches what fills a panel once the lens is chosen: most people look through few lenses,
 * and each is a dozen files. The maps are there from the start.
 *
 * @typedef {object} LensChoice
 * @property {import("../page_types.js").Lens} lens
 * @property {string} text
 * @property {string} title
 * @property {() => Promise<CreatePanel>} [load]
 */

/** @type {LensChoice[]} */
const LENSES = [
  { lens: "maps", text: "Maps", title: "What the layer computed for this picture (1)" },
  {
    lens: "number",
    text: "How",
    title: "How the selected unit got its value (2)",
    load: () => import("./arithmetic/lens.js").then((module) => module.createNumberView),
  },
  {
    lens: "filters",
    text: "Filters",
    title: "What the layer's units look for (3)",
    load: () => import("./filters/lens.js").then((module) => module.createFiltersView),
  },
  {
    lens: "why",
    text: "Why",
    title: "Which pixels speak for a class or a unit (4)",
    load: () => import("./attribution/lens.js").then((module) => module.createWhyView),
  },
  {
    lens: "what-if",
    text: "What if",
    title: "Switch channels off, change the picture (5)",
    load: () => import("./what_if/lens.js").then((module) => module.createWhatIfView),
  },
];

/**
 * The panels are the template's `#lens-<name>`.
 *
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View & {keys: import("../shared/key_help.js").Key[]}}
 */
export function createLensesView(parent, context) {
  const { state } = context;
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

  /** @type {Set<number>} */
  const filled = new Set([0]);

  /** @param {number} index */
  async function fill(index) {
    const { load } = LENSES[index];
    if (!load || filled.has(index)) return;
    filled.add(index);
    const panel = panels[index];
    panel.replaceChildren();
    let create;
    try {
      create = await load();
    } catch (error) {
      filled.delete(index);
      const { message } = asProblem(problemFromFailure(error, null));
      panel.replaceChildren(
        element(
          "div",
          { class: "notice notice-problem", attributes: { role: "alert" } },
          element("p", { text: `This lens could not be fetched. ${message}` }),
          // A browser does not fetch a module again that it once failed to get.
          button("Load the page again", () => location.reload()),
        ),
      );
      return;
    }
    create(panel, context);
  }

  // Pointing at a lens begins to fetch it, so that it is there with the click; a failure is told then.
  tabs.forEach((tab, index) =>
    tab.addEventListener("pointerenter", () => LENSES[index].load?.().catch(() => undefined), {
      once: true,
    }),
  );

  /** @param {import("../page_types.js").Lens} lens */
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
      if (is_chosen) fill(index);
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
