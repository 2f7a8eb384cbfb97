/** The selected channel and the pinned ones, large and beside each other, cursors linked. */

import { button } from "../../shared/element.js";
import { createMapCanvas } from "./map_canvas.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./lens.js").LayerContext} inner
 * @param {HTMLElement} tools beside the name of the unit, for its buttons
 * @returns {import("../../page_types.js").View}
 */
export function createPinnedMapsView(parent, { state }, inner, tools) {
  const { layer_maps, cursor } = inner;
  const canvas = createMapCanvas(parent, {
    label: "Pinned maps",
    onHover: (unit) => cursor.set(layer_maps.isCurrent() ? unit : null),
    onChoose({ channel, row, column }) {
      if (layer_maps.isCurrent()) state.change({ channel, row, column });
    },
  });
  const pin = button("Pin", toggle, {
    class: "button button-small",
    title: "Keep this channel beside others (p, or Shift and click)",
  });
  const clear = button("Close", close, { class: "button button-small" });
  tools.append(pin, clear);

  function toggle() {
    const channel = inner.selected()?.channel;
    if (channel === undefined) return;
    const { pins } = state.get();
    state.change({
      pins: pins.includes(channel) ? pins.filter((other) => other !== channel) : [...pins, channel],
    });
  }

  function close() {
    state.change({ pins: [] });
  }

  /** @returns {number[]} */
  function channels() {
    const { maps } = layer_maps.get();
    if (!maps || maps.is_vector) return [];
    const selected = inner.selected()?.channel;
    const wanted = selected === undefined ? state.get().pins : [...state.get().pins, selected];
    return [...new Set(wanted)].filter((channel) => channel < maps.count);
  }

  let shown = "";
  /** @type {import("../../shared/maps.js").LayerMaps | null} */
  let showing = null;

  function update() {
    const { maps } = layer_maps.get();
    const list = channels();
    parent.hidden = maps?.is_vector ?? false;
    parent.classList.toggle("is-many", list.length > 1);
    const selected = inner.selected();
    pin.disabled = selected === null;
    clear.hidden = selected !== null || list.length === 0; // the unit has a button of its own
    pin.hidden = (maps?.is_vector ?? false) || !clear.hidden;
    const is_pinned = selected !== null && state.get().pins.includes(selected.channel);
    pin.textContent = is_pinned ? "Unpin" : "Pin";
    pin.setAttribute("aria-pressed", String(is_pinned));
    const key = JSON.stringify([list, inner.colours()]);
    if (key !== shown || maps !== showing) {
      shown = key;
      showing = maps;
      const nothing = list.length === 0 || !maps;
      canvas.show(nothing ? null : { maps, channels: list, colours: inner.colours() });
      canvas.canvas.setAttribute("aria-label", `Channels ${list.join(", ")}, enlarged`);
    }
    mark();
  }

  function mark() {
    canvas.mark({ cursor: cursor.get(), selected: inner.selected(), linked: true });
  }
  const ends = [layer_maps.subscribe(update), state.subscribe(update), cursor.subscribe(mark)];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      canvas.destroy();
      parent.replaceChildren();
    },
  };
}
