/** Arrays of numbers as small pictures, one pixel a number. */

import { colourTable } from "../../shared/colours.js";

const ZERO = 128;
const STEPS = 127;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values row after row
 * @param {number} width
 * @param {{largest?: number, lowest?: number, is_grey?: boolean}} span largest: magnitude that has
 *   the strongest colour, zero being neutral; grey goes from the lowest to the largest
 */
export function paintValues(canvas, values, width, { largest = 1, lowest = 0, is_grey = false }) {
  const height = values.length / width;
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = colourTable(is_grey ? "grey" : "diverging");
  values.forEach((value, index) => {
    const share = is_grey ? (value - lowest) / (largest - lowest || 1) : value / (largest || 1);
    const bounded = Math.max(-1, Math.min(1, share));
    pixels[index] = is_grey
      ? table[Math.floor(bounded * 255 + 0.5)]
      : table[ZERO + Math.floor(bounded * STEPS + 0.5)];
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
