/** Projector mode: picture, lens or both fill the screen, large enough for the back row. */

import { button, element, svg } from "./shared/element.js";
import { createRandomBadge } from "./shared/random_badge.js";

/** @typedef {import("./page_types.js").Projection} Projection */

/** @type {{projection: Projection, text: string}[]} */
const CHOICES = [
  { projection: "picture", text: "Picture" },
  { projection: "both", text: "Both" },
  { projection: "layer", text: "Layer" },
];

/**
 * @param {HTMLElement} parent of the bar that stands in the masthead's place
 * @param {HTMLElement} tools of the button that starts it
 * @param {import("./page_types.js").Context} context
 * @returns {import("./page_types.js").View & {toggle: () => void, end: () => boolean}} end: whether
 *   there was anything to end
 */
export function createProjectorView(parent, tools, { state, network }) {
  const opener = button("", start, {
    class: "button button-quiet button-mark projector-open",
    title: "Projector mode (f): picture and maps fill the screen",
    attributes: { "aria-label": "Projector mode" },
  });
  opener.append(
    svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      svg("path", { class: "projector-mark", d: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" }),
    ),
  );
  tools.append(opener);
  const model = element("span", { class: "projector-model" });
  const badge = createRandomBadge();
  const inputs = CHOICES.map(({ projection }) =>
    element("input", {
      attributes: { type: "radio", name: "projection", value: projection },
      on: { change: () => state.change({ projection }, { replace: true }) },
    }),
  );
  const choice = element(
    "div",
    { class: "switch", attributes: { role: "radiogroup", "aria-label": "What fills the screen" } },
    ...CHOICES.map(({ text }, index) =>
      element("label", {}, inputs[index], element("span", { text })),
    ),
  );
  const close = button("End", end, {
    class: "button projector-end",
    title: "End projector mode (f or Escape)",
    attributes: { "aria-label": "End projector mode" },
  });
  parent.setAttribute("aria-label", "Projector mode");
  parent.append(model, badge.node, choice, close);

  function start() {
    state.change({ projection: "both" });
    close.focus();
  }

  function end() {
    if (state.get().projection === null) return false;
    const had_focus = parent.contains(document.activeElement);
    state.change({ projection: null });
    if (had_focus) opener.focus();
    return true;
  }

  function update() {
    const { projection } = state.get();
    parent.hidden = projection === null;
    if (projection === null) delete document.body.dataset.view;
    else document.body.dataset.view = projection;
    for (const input of inputs) input.checked = input.value === projection;
    const { detail } = network.get();
    model.textContent = detail?.title ?? "";
    badge.show(detail);
  }
  const ends = [state, network].map((source) => source.subscribe(update));
  update();

  return {
    toggle() {
      if (!end()) state.change({ projection: "both" });
    },
    end,
    destroy() {
      for (const stop of ends) stop();
      delete document.body.dataset.view;
      opener.remove();
      parent.replaceChildren();
    },
  };
}
