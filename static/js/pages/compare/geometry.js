/** From a place of the picture to one of the network's input, and back: all in shares. */

/** @typedef {import("./address.js").Place} Place */
/**
 * Which part of the picture a network sees.
 *
 * @typedef {Pick<import("../../types.js").NetworkInput, "image_box" | "image_size">} SeenPart
 */

/** @param {SeenPart} seen @param {Place} place of the picture @returns {Place} may lie outside */
export const inInput = ({ image_box: box, image_size: size }, { x, y }) => ({
  x: (x * size.width - box.left) / (box.right - box.left),
  y: (y * size.height - box.top) / (box.bottom - box.top),
});

/** @param {SeenPart} seen @param {Place} place of the input @returns {Place} may lie outside */
export const inPicture = ({ image_box: box, image_size: size }, { x, y }) => ({
  x: (box.left + x * (box.right - box.left)) / size.width,
  y: (box.top + y * (box.bottom - box.top)) / size.height,
});

/** @param {Place} place */
export const isInside = ({ x, y }) => x >= 0 && y >= 0 && x < 1 && y < 1;

/** Of which part of its picture each side's network sees: what places need to know. */
/** @typedef {{image: string, seen: SeenPart | null}} Looking */
/** @typedef {"left" | "right"} Side */

/**
 * A marked place is one of the picture where both sides have the same; of two pictures, one of the
 * networks' inputs, where differences of maps are taken.
 *
 * @param {Record<Side, Looking>} state
 */
const isOnePicture = ({ left, right }) => left.image === right.image;

/** @param {Record<Side, Looking>} state @param {Side} side @param {Place | null} place that is marked */
export function inputOf(state, side, place) {
  if (!place || !isOnePicture(state)) return place;
  const { seen } = state[side];
  return seen && inInput(seen, place);
}

/** @param {Record<Side, Looking>} state @param {Side} side @param {Place | null} place that is marked */
export function pictureOf(state, side, place) {
  if (!place || isOnePicture(state)) return place;
  const { seen } = state[side];
  return seen && inPicture(seen, place);
}

/** @param {Record<Side, Looking>} state @param {Side} side @param {Place | null} at of the side's input */
export function fromInput(state, side, at) {
  if (!at || !isOnePicture(state)) return at;
  const { seen } = state[side];
  return seen && inPicture(seen, at);
}

/** @param {Record<Side, Looking>} state @param {Side} side @param {Place | null} at of the side's picture */
export function fromPicture(state, side, at) {
  if (!at || isOnePicture(state)) return at;
  const { seen } = state[side];
  return seen && inInput(seen, at);
}

/**
 * The cell of a side's map at a marked place.
 *
 * @param {Record<Side, Looking>} state
 * @param {Side} side
 * @param {{height: number, width: number}} map over the whole input
 * @param {Place | null} place
 * @returns {{row: number, column: number} | null} null: the network does not see it
 */
export function cellAt(state, side, { height, width }, place) {
  const at = inputOf(state, side, place);
  if (!at || !isInside(at)) return null;
  return { row: Math.floor(at.y * height), column: Math.floor(at.x * width) };
}

/**
 * @param {{height: number, width: number}} map
 * @param {{row: number, column: number}} cell
 * @returns {Place} of the input, in the cell's middle
 */
export const middleOf = ({ height, width }, { row, column }) => ({
  x: (column + 0.5) / width,
  y: (row + 0.5) / height,
});
