/** Pictures of one size beside each other on a canvas, each pixel enlarged to a square. */

import { element } from "../../shared/element.js";

const GAP_PX = 4;

/** @param {number} count @returns {number} of columns: few tiles in one row, more nearly square */
function columnsFor(count) {
  if (count <= 8) return Math.max(1, count);
  return count <= 12 ? Math.ceil(count / 2) : Math.ceil(Math.sqrt(2 * count));
}

/**
 * @param {string} text what the canvas shows, for who cannot see it
 * @param {number} tile_px about how wide a tile may become
 */
export function createTiles(text, tile_px) {
  const canvas = element("canvas", { class: "train-tiles", attributes: { role: "img" } });
  canvas.setAttribute("aria-label", text);
  const source = document.createElement("canvas");

  return {
    canvas,

    /**
     * @param {number} count
     * @param {number} height of a tile, in its own pixels
     * @param {number} width
     * @param {(tile: number) => Uint32Array} colours of a tile, as ImageData's bytes hold them
     */
    show(count, height, width, colours) {
      const box_px = canvas.parentElement?.clientWidth ?? 300;
      const room_px = (box_px + GAP_PX) / columnsFor(count) - GAP_PX;
      const scale = Math.max(1, Math.floor(Math.min(tile_px, room_px) / width));
      const step_x = width * scale + GAP_PX;
      const step_y = height * scale + GAP_PX;
      const fitting = Math.floor((box_px + GAP_PX) / step_x);
      const columns = Math.max(1, Math.min(columnsFor(count), fitting));
      const rows = Math.ceil(count / columns);
      // Setting a size empties the canvas, which would flicker.
      const size = [columns * step_x - GAP_PX, rows * step_y - GAP_PX];
      if (canvas.width !== size[0]) canvas.width = size[0];
      if (canvas.height !== size[1]) canvas.height = size[1];
      source.width = width;
      source.height = height;
      const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const pencil = /** @type {CanvasRenderingContext2D} */ (source.getContext("2d"));
      brush.imageSmoothingEnabled = false;
      for (let tile = 0; tile < count; tile += 1) {
        const image = new ImageData(width, height);
        new Uint32Array(image.data.buffer).set(colours(tile));
        pencil.putImageData(image, 0, 0);
        const left = (tile % columns) * step_x;
        const top = Math.floor(tile / columns) * step_y;
        brush.drawImage(source, left, top, width * scale, height * scale);
      }
    },

    clear() {
      canvas.width = 1;
      canvas.height = 1;
    },
  };
}
