/** From a place of the picture to the unit that looks there, and from a unit to what it looks at. */

/** @typedef {import("../types.js").Box} Box */
/** @typedef {{y: number, x: number}} Point  in edge coordinates: pixel i covers [i, i + 1) */
/** @typedef {{row: number, column: number}} Place  of a layer */

/**
 * The middle of what the units at a place see, in pixels of the input. Where there is no closed form
 * for the field, the map is taken to lie evenly over the input.
 *
 * @param {import("../types.js").Layer} layer with rows and columns
 * @param {Place} place
 * @param {import("../types.js").Size} input_size
 * @returns {Point}
 */
export function pointOfPlace({ receptive_field, output_shape }, { row, column }, input_size) {
  const { size, stride, padding } = receptive_field;
  const [, height, width] = output_shape;
  if (!size || !stride || !padding) {
    return {
      y: ((row + 0.5) * input_size.height) / height,
      x: ((column + 0.5) * input_size.width) / width,
    };
  }
  return {
    y: row * stride.height - padding.height + size.height / 2,
    x: column * stride.width - padding.width + size.width / 2,
  };
}

/**
 * The place of a layer whose field has its middle nearest to a point of the input.
 *
 * @param {import("../types.js").Layer} layer with rows and columns
 * @param {Point} point
 * @param {import("../types.js").Size} input_size
 * @returns {Place}
 */
export function placeNearest(layer, point, input_size) {
  const [, height, width] = layer.output_shape;
  const first = pointOfPlace(layer, { row: 0, column: 0 }, input_size);
  const next = pointOfPlace(layer, { row: 1, column: 1 }, input_size);
  /** @param {number} at @param {number} start @param {number} end @param {number} count */
  const nearest = (at, start, end, count) =>
    Math.min(Math.max(Math.round(end === start ? 0 : (at - start) / (end - start)), 0), count - 1);
  return {
    row: nearest(point.y, first.y, next.y, height),
    column: nearest(point.x, first.x, next.x, width),
  };
}

/**
 * @param {Point} point of the picture
 * @param {{image_box: Box, input_size: import("../types.js").Size}} seen which part of the picture
 *   the input covers
 * @returns {Point} of the input; outside of it where the network does not see the point
 */
export function inputPoint({ y, x }, { image_box: { top, left, bottom, right }, input_size }) {
  return {
    y: ((y - top) / (bottom - top)) * input_size.height,
    x: ((x - left) / (right - left)) * input_size.width,
  };
}

/**
 * @param {Point} point of the input
 * @param {{image_box: Box, input_size: import("../types.js").Size}} seen as above
 * @returns {Point} of the picture
 */
export function picturePoint({ y, x }, { image_box: { top, left, bottom, right }, input_size }) {
  return {
    y: top + (y / input_size.height) * (bottom - top),
    x: left + (x / input_size.width) * (right - left),
  };
}
