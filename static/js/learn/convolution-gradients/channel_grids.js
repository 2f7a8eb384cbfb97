/** A grid of cells for each channel, one below the other, that counts its cells through all of them. */

import { largestMagnitude } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { createCellGrid } from "../parts/cell_grid.js";

const MOST_CHANNELS = 2;

/** @typedef {ReturnType<typeof createChannelGrids>} ChannelGrids */

/**
 * @param {HTMLElement} parent
 * @param {object} options as of a cell grid; the second is called `name-2`
 * @param {string} options.name
 * @param {string} options.caption
 * @param {(index: number) => string} options.label
 * @param {(index: number) => void} options.onChoose
 */
export function createChannelGrids(parent, { name, caption, label, onChoose }) {
  const node = element("div", { class: "channel-grids", attributes: { "data-grids": name } });
  parent.append(node);
  let words = caption;
  let size = 0;
  let count = 1;
  const grids = Array.from({ length: MOST_CHANNELS }, (_, channel) =>
    createCellGrid(node, {
      name: channel === 0 ? name : `${name}-${channel + 1}`,
      caption: channel === 0 ? caption : `${caption}, channel ${channel + 1}`,
      label: (index) => label(channel * size + index),
      onChoose: (index) => onChoose(channel * size + index),
    }),
  );

  function drawCaptions() {
    for (const [channel, grid] of grids.entries()) {
      grid.caption(count === 1 ? words : channel === 0 ? `${words}, channel 1` : `channel ${channel + 1}`);
    }
  }

  return {
    /** @param {number} index */
    cell: (index) => grids[Math.floor(index / size)].cell(index % size),

    /** @param {string} text */
    caption(text) {
      words = text;
      drawCaptions();
    },

    /** @param {import("../parts/cell_grid.js").Cells} shown  Squares, channel after channel. */
    show({ values, lit, now = null, chosen = null, ...more }) {
      size = more.columns ** 2;
      count = values.length / size;
      const largest = more.largest ?? largestMagnitude(values);
      drawCaptions();
      for (const [channel, grid] of grids.entries()) {
        const is_there = channel < count;
        grid.node.hidden = !is_there;
        if (!is_there) continue;
        /** @param {number | null} index */
        const own = (index) =>
          index !== null && Math.floor(index / size) === channel ? index % size : null;
        grid.show({
          ...{ ...more, largest },
          values: values.slice(channel * size, (channel + 1) * size),
          lit: new Set([...(lit ?? [])].flatMap((index) => own(index) ?? [])),
          now: own(now),
          chosen: own(chosen),
        });
      }
    },
  };
}
