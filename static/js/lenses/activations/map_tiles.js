/** Where the tiles of a layer stand on a canvas, and which value lies under a point. */

/**
 * @typedef {object} Tiling
 * @property {number} columns
 * @property {number} rows
 * @property {number} width of a tile, px
 * @property {number} height of a tile, px
 * @property {number} step_x from one tile to the next, px
 * @property {number} step_y
 * @property {number} label_px height of the label beneath each tile, 0 for none
 * @property {number} total_height of all rows, px
 */

const GAP_PX = 4;
const LABEL_PX = 14;
const LABELLED_FROM_PX = 34;
const SMALLEST_TILE_PX = 28;
const SMALLEST_LARGE_MAP_PX = 44;
const LARGEST_TILE_PX = 420;
const LARGEST_ENLARGEMENT = 28;
const LARGEST_SINGLE_PX = 64;
const WHOLE_FACTORS_FROM = 3;

/**
 * The largest tiles with which everything fits the room; if even the smallest do not, those, and
 * the rest is scrolled to.
 *
 * @param {{count: number, height: number, width: number, fills?: boolean}} maps
 * @param {{width: number, height: number}} room px
 * @returns {Tiling}
 */
export function tilingFor(maps, room) {
  if (maps.fills) {
    const [width, height] = [room.width, room.height - GAP_PX];
    const steps = { step_x: width + GAP_PX, step_y: room.height, label_px: 0 };
    return { columns: 1, rows: 1, width, height, ...steps, total_height: room.height };
  }
  const aspect = maps.height / maps.width;
  const is_single = maps.width * maps.height === 1;
  const enlarged = is_single ? LARGEST_SINGLE_PX : maps.width * LARGEST_ENLARGEMENT;
  const largest = Math.min(LARGEST_TILE_PX, enlarged, room.width);
  const is_large = Math.max(maps.width, maps.height) > SMALLEST_LARGE_MAP_PX;
  const smallest = Math.min(largest, is_large ? SMALLEST_LARGE_MAP_PX : SMALLEST_TILE_PX);
  let best = 0;
  for (let columns = 1; columns <= maps.count; columns += 1) {
    const across = Math.floor((room.width + GAP_PX) / columns) - GAP_PX;
    if (across < smallest) break;
    const rows = Math.ceil(maps.count / columns);
    const down = Math.floor(room.height / rows) - GAP_PX;
    best = Math.max(best, Math.min(across, widthFor(down, aspect)));
  }
  return tilingOf(maps, Math.max(smallest, Math.min(best, largest)), room.width);
}

/**
 * @param {number} height_px of a row, its label included
 * @param {number} aspect height of a map by its width
 */
function widthFor(height_px, aspect) {
  const labelled = Math.floor((height_px - LABEL_PX) / aspect);
  return labelled >= LABELLED_FROM_PX
    ? labelled
    : Math.min(LABELLED_FROM_PX - 1, Math.floor(height_px / aspect));
}

/**
 * @param {{count: number, height: number, width: number}} maps
 * @param {number} wanted_px width of a tile
 * @param {number} room_px
 * @returns {Tiling}
 */
function tilingOf(maps, wanted_px, room_px) {
  // Large pixels of unequal size would catch the eye.
  const factor = Math.floor(wanted_px / maps.width);
  const width = factor >= WHOLE_FACTORS_FROM ? factor * maps.width : wanted_px;
  const height = Math.max(1, Math.round((width * maps.height) / maps.width));
  const label_px = width >= LABELLED_FROM_PX ? LABEL_PX : 0;
  const step_x = width + GAP_PX;
  const step_y = height + label_px + GAP_PX;
  const columns = Math.max(1, Math.min(maps.count, Math.floor((room_px + GAP_PX) / step_x)));
  const rows = Math.ceil(maps.count / columns);
  return { columns, rows, width, height, step_x, step_y, label_px, total_height: rows * step_y };
}

/**
 * @param {Tiling} tiling
 * @param {number} place in the order that is shown
 */
export function cornerOf(tiling, place) {
  return {
    left: (place % tiling.columns) * tiling.step_x,
    top: Math.floor(place / tiling.columns) * tiling.step_y,
  };
}

/**
 * @param {Tiling} tiling
 * @param {{count: number, height: number, width: number}} maps
 * @param {number} x px from the first tile's left edge
 * @param {number} y px from its top edge
 * @returns {{place: number, row: number, column: number} | null}
 */
export function hit(tiling, maps, x, y) {
  const across = Math.floor(x / tiling.step_x);
  const down = Math.floor(y / tiling.step_y);
  const inside_x = x - across * tiling.step_x;
  const inside_y = y - down * tiling.step_y;
  const place = down * tiling.columns + across;
  if (across < 0 || across >= tiling.columns || down < 0 || place >= maps.count) return null;
  if (inside_x >= tiling.width || inside_y >= tiling.height) return null;
  return {
    place,
    row: Math.floor((inside_y / tiling.height) * maps.height),
    column: Math.floor((inside_x / tiling.width) * maps.width),
  };
}
