/** The selected layer: all its maps in one canvas. */

import { element } from "../element.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View & {keys: import("./key_help.js").Key[]}}
 */
export function createLayerView(parent, { state, network }) {
  const title = element("h2", { attributes: { id: "layer-heading", tabindex: "-1" } });
  parent.append(title);
  const update = () => {
    title.textContent = network.selectedId() ?? "Layer";
  };
  const ends = [state.subscribe(update), network.subscribe(update)];
  update();
  return { keys: [], destroy: () => ends.forEach((end) => end()) };
}
