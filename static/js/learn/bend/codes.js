/** Bytes of a map as colours, as the server sends them. */

import { coloursOfCodes } from "../../shared/colours.js";

/** @param {string} base64 */
export const bytesOf = (base64) => Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));

// Whatever the scale, code 0 is its negative end and 255 its positive one.
const COLOURS = coloursOfCodes("diverging", -1, 1);

/**
 * @param {HTMLCanvasElement} canvas becomes as large as the map is
 * @param {ArrayLike<number>} codes of a square, row by row
 */
export function paint(canvas, codes) {
  const size = Math.round(Math.sqrt(codes.length));
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < codes.length; index += 1) pixels[index] = COLOURS[codes[index]];
  context.putImageData(image, 0, 0);
}

/** @param {0 | 1} axis @param {number} size  A map of one coordinate of the plane itself. */
export const coordinateCodes = (axis, size) =>
  Uint8Array.from({ length: size * size }, (_, index) => {
    const along = axis === 0 ? index % size : size - 1 - Math.floor(index / size);
    return Math.round(((along + 0.5) / size) * 255);
  });
