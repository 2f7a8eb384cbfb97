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

/**
 * The cell of a map at a place of the picture.
 *
 * @param {SeenPart} seen
 * @param {{height: number, width: number}} map over the whole input
 * @param {Place | null} place of the picture
 * @returns {{row: number, column: number} | null} null: the network does not see it
 */
export function cellAt(seen, { height, width }, place) {
  const at = place ? inInput(seen, place) : null;
  if (!at || !isInside(at)) return null;
  return { row: Math.floor(at.y * height), column: Math.floor(at.x * width) };
}

/**
 * @param {SeenPart} seen
 * @param {{height: number, width: number}} map
 * @param {{row: number, column: number}} cell
 * @returns {Place} of the picture, in the cell's middle
 */
export const placeOfCell = (seen, { height, width }, { row, column }) =>
  inPicture(seen, { x: (column + 0.5) / width, y: (row + 0.5) / height });
