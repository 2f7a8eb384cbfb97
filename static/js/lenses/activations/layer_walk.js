/** Moving the selected unit by keys: over its map, and from channel to channel. */

const STRIDE = 5;

/**
 * @param {{state: import("../../address/state.js").State, columns: () => number,
 *   inner: import("./lens.js").LayerContext}} parts columns: tiles beside each other
 */
export function createLayerWalk({ state, inner, columns }) {
  /** @param {number} value @param {number} end */
  const within = (value, end) => Math.min(Math.max(value, 0), end - 1);

  /** @param {number} places in the order that is shown */
  function stepChannel(places) {
    const { maps } = inner.layer_maps.get();
    if (!maps) return;
    const order = inner.order();
    const selected = inner.selected();
    const at = selected ? order.indexOf(selected.channel) + places : 0;
    choose({ ...(selected ?? middle(maps)), channel: order[within(at, order.length)] });
  }

  /** @param {import("../../shared/maps.js").LayerMaps} maps */
  function middle(maps) {
    const [row, column] = [maps.height, maps.width].map((size) => Math.floor(size / 2));
    return { channel: inner.order()[0], row, column };
  }

  /** @param {import("./map_canvas.js").Unit} unit */
  function choose({ channel, row, column }) {
    const { maps } = inner.layer_maps.get();
    const place = maps?.is_vector ? { row: null, column: null } : { row, column };
    state.change({ channel, ...place }, { replace: true });
  }

  /** @param {number} down @param {number} across */
  function walk(down, across) {
    const { maps } = inner.layer_maps.get();
    if (!maps) return;
    const selected = inner.selected();
    if (!selected) choose(middle(maps));
    else if (maps.is_vector) stepChannel(down * columns() + across);
    else {
      const row = within(selected.row + down, maps.height);
      choose({ ...selected, row, column: within(selected.column + across, maps.width) });
    }
  }

  function togglePin() {
    const channel = inner.selected()?.channel;
    if (channel === undefined) return;
    const { pins } = state.get();
    state.change({
      pins: pins.includes(channel) ? pins.filter((pin) => pin !== channel) : [...pins, channel],
    });
  }

  /** @param {string} key @param {number} down @param {number} across @param {string} meaning */
  const arrow = (key, down, across, meaning) => ({
    key,
    meaning,
    label: "↑ ↓ ← →",
    /** @param {KeyboardEvent} event */
    act(event) {
      const stride = event.shiftKey ? STRIDE : 1;
      walk(down * stride, across * stride);
    },
  });

  return {
    /** @type {import("../../shared/key_help.js").Key[]} */
    keys: [
      arrow("ArrowUp", -1, 0, "walk the unit over its map, with Shift five steps at once"),
      arrow("ArrowDown", 1, 0, ""),
      arrow("ArrowLeft", 0, -1, ""),
      arrow("ArrowRight", 0, 1, ""),
      { key: ",", meaning: "previous channel", act: () => stepChannel(-1) },
      { key: ".", meaning: "next channel", act: () => stepChannel(1) },
      { key: "p", meaning: "pin the channel beside others, or let it go", act: togglePin },
    ],
  };
}
