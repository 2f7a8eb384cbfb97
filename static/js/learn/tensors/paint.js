/** Numbers as pixels. */

import { colourTable } from "../../shared/colours.js";
import { SIDE } from "./address.js";

const ZERO = 128;
const STEPS = 127;

/**
 * One pixel a number; style sheets make it larger.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {(index: number) => readonly [number, number, number]} colour red, green and blue in [0, 1]
 */
export function paint(canvas, width, height, colour) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index += 1) {
    const [red, green, blue] = colour(index);
    image.data.set([255 * red, 255 * green, 255 * blue, 255], 4 * index);
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/**
 * A patch in its colours.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number[][][]} values red, green, blue
 * @param {number} [offset] added to each
 */
export function paintPatch(canvas, values, offset = 0) {
  const [red, green, blue] = values.map((rows) => rows.flat());
  paint(canvas, SIDE, SIDE, (index) => [red[index] + offset, green[index] + offset, blue[index] + offset]);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[][]} rows
 * @param {"viridis" | "diverging"} name
 * @param {number} low has the first colour; of diverging ones 0 is neutral
 * @param {number} high has the last
 */
export function paintMap(canvas, rows, name, low, high) {
  const table = new Uint8Array(colourTable(name).buffer);
  const values = rows.flat();
  paint(canvas, rows[0].length, rows.length, (index) => {
    const share =
      name === "diverging"
        ? ZERO + (STEPS * values[index]) / (Math.max(Math.abs(low), Math.abs(high)) || 1)
        : (255 * (values[index] - low)) / (high - low || 1);
    const entry = 4 * Math.round(Math.max(0, Math.min(255, share)));
    return [table[entry] / 255, table[entry + 1] / 255, table[entry + 2] / 255];
  });
}
