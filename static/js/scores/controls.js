/** How the scores are shown: softmax or sigmoid, how many, how many digits. */

import { LARGEST_TOP } from "../address/state.js";
import { button, element } from "../shared/element.js";
import { topFor } from "./analysis.js";

const TOPS = [3, 5, 10, 20, 50, LARGEST_TOP];
const SCALES = /** @type {const} */ (["softmax", "sigmoid"]);

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createScoreControlsView(parent, { state, analysis, exact }) {
  const exact_button = button("full precision", () => exact.set(!exact.get()), {
    title: "Show every digit of every number (x)",
    attributes: { "aria-pressed": "false" },
  });
  const top_select = element("select", {
    class: "select",
    attributes: { "aria-label": "Number of classes" },
    on: { change: () => state.change({ top: Number(top_select.value) }) },
  });
  const scale_inputs = SCALES.map((scale) =>
    element("input", {
      attributes: { type: "radio", name: "scale", value: scale },
      on: { change: () => state.change({ scale }) },
    }),
  );
  const scale_switch = element(
    "div",
    { class: "switch", attributes: { role: "radiogroup", "aria-label": "Scale of the scores" } },
    ...SCALES.map((scale, place) =>
      element("label", {}, scale_inputs[place], element("span", { text: scale })),
    ),
  );
  parent.append(exact_button, top_select, scale_switch);

  function showTops() {
    const { model } = analysis.get();
    if (!model) return;
    const chosen = topFor(model, state.get().top);
    const largest = Math.min(model.classes, LARGEST_TOP);
    const tops = new Set([...TOPS.filter((top) => top < largest), largest, chosen]);
    const wanted = [...tops].sort((one, other) => one - other);
    const present = [...top_select.options].map(({ value }) => Number(value));
    if (wanted.join() !== present.join()) {
      top_select.replaceChildren(
        ...wanted.map((top) =>
          element("option", {
            text: top === model.classes ? `all ${top}` : `top ${top}`,
            attributes: { value: top },
          }),
        ),
      );
    }
    top_select.value = String(chosen);
  }

  function update() {
    const { scale } = state.get();
    const { model, phase } = analysis.get();
    const none = model ? model.classes === 0 : phase === "problem";
    for (const node of [exact_button, top_select, scale_switch]) node.hidden = none;
    for (const input of scale_inputs) input.checked = input.value === scale;
    exact_button.setAttribute("aria-pressed", String(exact.get()));
    showTops();
  }
  const ends = [state.subscribe(update), analysis.subscribe(update), exact.subscribe(update)];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
