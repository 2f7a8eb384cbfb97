/** Filters as pixels: pictures in colour, mosaics of signed kernels, matrices. */

import { colourTable } from "../../shared/colours.js";

/** @typedef {import("../../page_types.js").FilterKind} FilterKind */

/** Where zero lies in the diverging table; 127 steps to either side. */
const ZERO = 128;
const STEPS = 127;
const GREY = 127.5;
const OPAQUE = 0xff000000;

/**
 * @typedef {object} Mosaic  How the kernels of one filter stand beside each other.
 * @property {number} columns
 * @property {number} rows
 * @property {number} step_y from one kernel to the next
 * @property {number} step_x
 * @property {number} height of the whole
 * @property {number} width
 */

/**
 * As square as possible, with a see-through pixel between kernels.
 *
 * @param {FilterKind} kind
 * @param {{inputs: number, height: number, width: number}} filter
 * @returns {Mosaic}
 */
export function mosaicOf(kind, { inputs, height, width }) {
  const count = kind === "rgb" ? 1 : inputs;
  const columns = Math.min(count, Math.max(1, Math.round(Math.sqrt((count * height) / width))));
  const rows = Math.ceil(count / columns);
  const gap = height * width > 1 ? 1 : 0;
  const [step_y, step_x] = [height + gap, width + gap];
  return {
    ...{ columns, rows, step_y, step_x },
    height: rows * step_y - gap,
    width: columns * step_x - gap,
  };
}

/**
 * @param {Mosaic} mosaic
 * @param {{inputs: number, height: number, width: number}} filter
 * @param {number} row of the mosaic
 * @param {number} column
 * @returns {{input: number, row: number, column: number} | null} null between kernels
 */
export function weightAt(mosaic, { inputs, height, width }, row, column) {
  const down = Math.floor(row / mosaic.step_y);
  const across = Math.floor(column / mosaic.step_x);
  const input = down * mosaic.columns + across;
  const inside = { row: row - down * mosaic.step_y, column: column - across * mosaic.step_x };
  if (inside.row >= height || inside.column >= width || input >= inputs) return null;
  return { input, ...inside };
}

/**
 * One filter, or a patch of the same shape, in colours.
 *
 * @param {FilterKind} kind
 * @param {{inputs: number, height: number, width: number}} filter
 * @param {(place: number) => number} valueOf of a weight: (input, row, column) in C order
 * @param {number} largest magnitude at which colours end
 * @returns {Uint32Array} as ImageData's bytes hold them, of the mosaic's size
 */
export function pixelsOfFilter(kind, filter, valueOf, largest) {
  const mosaic = mosaicOf(kind, filter);
  const { inputs, height, width } = filter;
  const end = largest || 1;
  const size = height * width;
  const pixels = new Uint32Array(mosaic.height * mosaic.width);
  if (kind === "rgb") {
    const level = (/** @type {number} */ value) =>
      Math.min(255, Math.max(0, Math.floor(GREY + (GREY * value) / end + 0.5)));
    for (let at = 0; at < size; at += 1) {
      const [red, green, blue] = [0, size, 2 * size].map((first) => level(valueOf(first + at)));
      pixels[at] = (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;
    }
    return pixels;
  }
  const table = colourTable("diverging");
  for (let input = 0; input < inputs; input += 1) {
    const top = Math.floor(input / mosaic.columns) * mosaic.step_y;
    const left = (input % mosaic.columns) * mosaic.step_x;
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const value = valueOf((input * height + row) * width + column);
        const entry = ZERO + Math.floor((value / end) * STEPS + 0.5);
        pixels[(top + row) * mosaic.width + left + column] =
          table[Math.min(255, Math.max(1, entry))];
      }
    }
  }
  return pixels;
}

/**
 * @param {import("../../shared/maps.js").FilterWeights} weights
 * @param {number} place of the filter among those that are here
 * @returns {(at: number) => number} what its codes stand for
 */
export function valuesOf(weights, place) {
  const size = weights.inputs * weights.height * weights.width;
  const low = weights.minimum[place];
  const step = (weights.maximum[place] - low) / 255;
  return (at) => low + weights.codes[place * size + at] * step;
}

/**
 * @param {import("../../shared/maps.js").FilterWeights} weights
 * @param {number} place
 */
export const largestOf = ({ minimum, maximum }, place) =>
  Math.max(Math.abs(minimum[place]), Math.abs(maximum[place]));

/** A few long weights would leave all others pale: beyond so many standard deviations is the end. */
const MATRIX_DEVIATIONS = 4;

/**
 * Filters down, inputs across, all on one scale.
 *
 * @param {import("../../shared/maps.js").FilterWeights} weights of 1 x 1 kernels
 * @param {number[]} places in the order shown
 * @returns {Uint32Array}
 */
export function pixelsOfMatrix(weights, places) {
  const table = colourTable("diverging");
  let squares = 0;
  for (const place of places) {
    const valueOf = valuesOf(weights, place);
    for (let input = 0; input < weights.inputs; input += 1) squares += valueOf(input) ** 2;
  }
  const largest = MATRIX_DEVIATIONS * Math.sqrt(squares / (places.length * weights.inputs)) || 1;
  const pixels = new Uint32Array(places.length * weights.inputs);
  places.forEach((place, row) => {
    const valueOf = valuesOf(weights, place);
    for (let input = 0; input < weights.inputs; input += 1) {
      const entry = ZERO + Math.floor((valueOf(input) / largest) * STEPS + 0.5);
      pixels[row * weights.inputs + input] = table[Math.min(255, Math.max(1, entry))];
    }
  });
  return pixels;
}

/**
 * Puts pixels onto a canvas of just their size; style enlarges it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Uint32Array} pixels
 * @param {number} width
 */
export function paintPixels(canvas, pixels, width) {
  canvas.width = width;
  canvas.height = pixels.length / width;
  const image = new ImageData(
    new Uint8ClampedArray(/** @type {ArrayBuffer} */ (pixels.buffer)),
    width,
    canvas.height,
  );
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
}
