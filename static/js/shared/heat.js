/** Heat maps over the network's input: how they are coloured, scaled and compared. */

import { colourTable } from "./colours.js";

/**
 * @typedef {object} Heat
 * @property {Float32Array} values row after row; positive speaks for the target
 * @property {number} height
 * @property {number} width
 */

/** Share of the pixels that the colours tell apart; the few beyond it have the last colour. */
const SCALE_SHARE = 0.995;
const NEUTRAL = 128;

/**
 * A map on the way, as its events carry it: one signed byte a cell, in base64.
 *
 * @param {{codes: string, limit: number, height: number, width: number, cell: number,
 *   points: number, relative_gap: number | null}} preview
 */
export function readPreview({ codes, limit, height, width, cell, points, relative_gap }) {
  const bytes = Int8Array.from(atob(codes), (letter) => letter.charCodeAt(0));
  const across = Math.ceil(width / cell);
  const values = new Float32Array(height * width);
  for (let row = 0; row < height; row += 1) {
    const first = Math.floor(row / cell) * across;
    for (let column = 0; column < width; column += 1) {
      values[row * width + column] = (bytes[first + Math.floor(column / cell)] * limit) / 127;
    }
  }
  return { heat: { values, height, width }, points, relative_gap };
}

/** @param {Heat} heat @returns {number} the largest magnitude of its finite values */
function largestMagnitude({ values }) {
  let largest = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (magnitude > largest && Number.isFinite(magnitude)) largest = magnitude;
  }
  return largest;
}

/** @type {WeakMap<Heat, {limit: number, minimum: number, maximum: number, is_constant: boolean}>} */
const scales = new WeakMap();

/**
 * What the colours of a map span: from -limit to limit, zero always neutral.
 *
 * @param {Heat} heat
 */
export function scaleOf(heat) {
  let found = scales.get(heat);
  if (!found) {
    const magnitudes = heat.values.map(Math.abs).filter(Number.isFinite).sort();
    const largest = magnitudes.at(-1) ?? 0;
    const limit = magnitudes[Math.floor(SCALE_SHARE * (magnitudes.length - 1))] || largest;
    let minimum = Infinity;
    let maximum = -Infinity;
    for (const value of heat.values) {
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
    found = { limit, minimum, maximum, is_constant: !(minimum < maximum) };
    scales.set(heat, found);
  }
  return found;
}

/**
 * @param {Heat} one
 * @param {Heat} other
 * @param {boolean} is_scaled bring both to a largest magnitude of 1 first: two methods have no
 *   unit in common
 * @returns {Heat} one - other
 */
export function subtracted(one, other, is_scaled) {
  const first = is_scaled ? largestMagnitude(one) || 1 : 1;
  const second = is_scaled ? largestMagnitude(other) || 1 : 1;
  const values = one.values.map((value, place) => value / first - other.values[place] / second);
  return { ...one, values };
}

/**
 * Colours a map; nothing where it is zero, so that the picture beneath shows.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Heat} heat
 */
export function paintHeat(canvas, heat) {
  const { height, width, values } = heat;
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const { limit, is_constant } = scaleOf(heat);
  const table = new Uint8Array(colourTable("diverging").buffer);
  for (let pixel = 0; pixel < values.length; pixel += 1) {
    const share = limit > 0 && !is_constant ? values[pixel] / limit : 0;
    const bounded = Math.max(-1, Math.min(1, Number.isFinite(share) ? share : 0));
    const entry = NEUTRAL + Math.round(bounded * 127);
    image.data.set(table.subarray(entry * 4, entry * 4 + 3), pixel * 4);
    image.data[pixel * 4 + 3] = 255 * Math.abs(bounded) ** 0.75;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
