/** For each kernel its weights, its map, and the slopes of the loss at both. */

import { largestMagnitude } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { paintValues } from "../parts/paint.js";

const ROWS = /** @type {const} */ ([
  { name: "kernels", caption: "kernels w" },
  { name: "by_kernels", caption: "dL/dw: how the loss follows each weight" },
  { name: "maps", caption: "maps y, and the outputs that the pixel is in" },
  { name: "by_maps", caption: "dL/dy: what comes back from each output" },
]);

/**
 * @param {HTMLElement} parent
 * @param {{count: number, onChoose: (kernel: number) => void}} options
 */
export function createMapRows(parent, { count, onChoose }) {
  const rows = ROWS.map(({ name, caption }) => {
    const is_map = name.endsWith("maps");
    const tiles = Array.from({ length: count }, (_, kernel) => {
      const canvas = element("canvas", { class: "pixels", attributes: { "aria-hidden": "true" } });
      const frame = element("span", {
        class: "map-frame",
        attributes: { hidden: true, "aria-hidden": "true" },
      });
      const tile = element(
        "button",
        {
          class: "map-tile",
          attributes: { type: "button", "aria-label": `${caption.split(/[:,]/)[0]}, number ${kernel + 1}` },
          on: { click: () => onChoose(kernel) },
        },
        canvas,
        ...(is_map ? [frame] : []),
      );
      return { canvas, frame, tile };
    });
    parent.append(
      element(
        "figure",
        { class: "map-row", attributes: { "data-row": name } },
        element("figcaption", { text: caption }),
        element("div", { class: "map-tiles" }, ...tiles.map(({ tile }) => tile)),
      ),
    );
    return { name, is_map, tiles };
  });
  let side = 1;
  /** @type {import("../../types.js").Box | null} */
  let box = null;

  function drawFrames() {
    for (const { frame } of rows.flatMap(({ is_map, tiles }) => (is_map ? tiles : []))) {
      frame.hidden = box === null || side === 1;
      if (!box) continue;
      Object.assign(frame.style, {
        top: `${(100 * box.top) / side}%`,
        left: `${(100 * box.left) / side}%`,
        height: `${(100 * (box.bottom - box.top)) / side}%`,
        width: `${(100 * (box.right - box.left)) / side}%`,
      });
    }
  }

  return {
    /** @param {Record<typeof ROWS[number]["name"], Float32Array>} values all kernels of each row */
    paint(values) {
      for (const { name, is_map, tiles } of rows) {
        const size = values[name].length / count;
        const width = Math.sqrt(size);
        if (is_map) side = width;
        const largest = largestMagnitude(values[name]);
        for (const [kernel, { canvas }] of tiles.entries()) {
          const own = values[name].subarray(kernel * size, (kernel + 1) * size);
          paintValues(canvas, own, width, { largest });
        }
      }
      drawFrames();
    },

    /** @param {import("../../types.js").Box | null} next of the outputs that a pixel is in */
    frame(next) {
      box = next;
      drawFrames();
    },

    /** @param {number} chosen */
    choose(chosen) {
      for (const { tiles } of rows) {
        for (const [kernel, { tile }] of tiles.entries()) {
          tile.setAttribute("aria-pressed", String(kernel === chosen));
        }
      }
    },
  };
}
