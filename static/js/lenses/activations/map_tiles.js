/** Where the tiles of a layer stand on a canvas, and which value lies under a point. */

/**
 * @typedef {object} Tiling
 * @property {number} columns
 * @property {number} rows
 * @property {number} width of a tile, px
 * @property {number} height of a tile, px
 * @property {number} step_x from one tile to the next, px
 * @property {number} step_y
 * @property {number} inset of the first tile from the sheet's corner, px: room for its edge
 * @property {number} label_px height of the caption beneath each tile, 0 for none
 * @property {number} lines of that caption: its number and its value beneath each other, or one
 * @property {number} total_height of all rows, px
 *
 * @typedef {object} Type  How large what is written and drawn is.
 * @property {number} line_px height of a line
 * @property {number} smallest_px width of a tile beneath which a caption does not fit
 * @property {boolean} has_values whether captions also give a value
 */

const GAP_PX = 4;
const INSET_PX = 2;
const LARGEST_TILE_PX = 420;
const LARGEST_ENLARGEMENT = 28;
const LARGEST_SINGLE_PX = 96;
const WHOLE_FACTORS_FROM = 3;
/** One number has nothing to show but its colour. */
const SINGLE_ASPECT = 0.5;
/** So many of the smallest tiles wide, a channel and its value stand on one line. */
const ONE_LINE_FROM = 2;

/**
 * The largest tiles with which everything fits the room; if even the smallest do not, those, and
 * the rest is scrolled to.
 *
 * @param {{count: number, height: number, width: number, fills?: boolean}} maps
 * @param {{width: number, height: number}} outer px
 * @param {Type} type
 * @returns {Tiling}
 */
export function tilingFor(maps, outer, type) {
  const room = { width: outer.width - 2 * INSET_PX, height: outer.height - 2 * INSET_PX };
  if (maps.fills) {
    const { width, height } = room;
    const steps = { step_x: width, step_y: outer.height, inset: INSET_PX, label_px: 0, lines: 0 };
    return { columns: 1, rows: 1, width, height, ...steps, total_height: outer.height };
  }
  const is_single = maps.width * maps.height === 1;
  const aspect = is_single ? SINGLE_ASPECT : maps.height / maps.width;
  const enlarged = is_single ? LARGEST_SINGLE_PX : maps.width * LARGEST_ENLARGEMENT;
  const largest = Math.min(LARGEST_TILE_PX, Math.max(enlarged, type.smallest_px), room.width);
  const smallest = Math.min(largest, type.smallest_px);
  let best = 0;
  let most = 1;
  for (let columns = 1; columns <= maps.count; columns += 1) {
    const across = Math.floor((room.width + GAP_PX) / columns) - GAP_PX;
    if (across < smallest) break;
    most = columns;
    const rows = Math.ceil(maps.count / columns);
    const down = Math.floor(room.height / rows) - GAP_PX;
    best = Math.max(best, Math.min(across, widthFor(down, aspect, type)));
  }
  // What is scrolled anyway takes the whole width.
  const filling = Math.min(largest, Math.floor((room.width + GAP_PX) / most) - GAP_PX);
  return tilingOf(maps, aspect, best < smallest ? filling : Math.min(best, largest), room.width, type);
}

/** @param {number} width of a tile, px @param {Type} type */
const linesFor = (width, { has_values, smallest_px }) =>
  has_values && width < ONE_LINE_FROM * smallest_px ? 2 : 1;

/**
 * @param {number} height_px of a row, its caption included
 * @param {number} aspect height of a map by its width
 * @param {Type} type
 */
function widthFor(height_px, aspect, type) {
  const roomy = Math.floor((height_px - type.line_px) / aspect);
  return linesFor(roomy, type) === 1 ? roomy : Math.floor((height_px - 2 * type.line_px) / aspect);
}

/**
 * @param {{count: number, height: number, width: number}} maps
 * @param {number} aspect height of a tile by its width
 * @param {number} wanted_px width of a tile
 * @param {number} room_px
 * @param {Type} type
 * @returns {Tiling}
 */
function tilingOf(maps, aspect, wanted_px, room_px, type) {
  // Large pixels of unequal size would catch the eye.
  const factor = Math.floor(wanted_px / maps.width);
  const is_whole = maps.width > 1 && factor >= WHOLE_FACTORS_FROM;
  const width = is_whole && factor * maps.width >= type.smallest_px ? factor * maps.width : wanted_px;
  const height = Math.max(1, Math.round(width * aspect));
  const lines = linesFor(width, type);
  const label_px = lines * type.line_px;
  const step_x = width + GAP_PX;
  const step_y = height + label_px + GAP_PX;
  const columns = Math.max(1, Math.min(maps.count, Math.floor((room_px + GAP_PX) / step_x)));
  const rows = Math.ceil(maps.count / columns);
  const total_height = rows * step_y + 2 * INSET_PX;
  return {
    ...{ columns, rows, width, height, step_x, step_y, inset: INSET_PX },
    ...{ label_px, lines, total_height },
  };
}

/**
 * @param {Tiling} tiling
 * @param {number} place in the order that is shown
 */
export function cornerOf(tiling, place) {
  return {
    left: tiling.inset + (place % tiling.columns) * tiling.step_x,
    top: tiling.inset + Math.floor(place / tiling.columns) * tiling.step_y,
  };
}

/**
 * @param {Tiling} tiling
 * @param {{count: number, height: number, width: number}} maps
 * @param {number} x px from the sheet's left edge
 * @param {number} y px from its top edge
 * @returns {{place: number, row: number, column: number} | null}
 */
export function hit(tiling, maps, x, y) {
  const across = Math.floor((x - tiling.inset) / tiling.step_x);
  const down = Math.floor((y - tiling.inset) / tiling.step_y);
  const inside_x = x - tiling.inset - across * tiling.step_x;
  const inside_y = y - tiling.inset - down * tiling.step_y;
  const place = down * tiling.columns + across;
  if (across < 0 || across >= tiling.columns || down < 0 || place >= maps.count) return null;
  if (inside_x >= tiling.width || inside_y >= tiling.height) return null;
  return {
    place,
    row: Math.floor((inside_y / tiling.height) * maps.height),
    column: Math.floor((inside_x / tiling.width) * maps.width),
  };
}
