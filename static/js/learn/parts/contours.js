/** Lines of equal height through a grid of heights: marching squares. */

/** @typedef {{x1: number, y1: number, x2: number, y2: number}} Segment in columns and rows */

/**
 * @param {number[][]} grid rows of heights
 * @param {number} level
 * @returns {Segment[]} pieces of the line, each within one cell of the grid
 */
export function contour(grid, level) {
  /** @type {Segment[]} */
  const segments = [];
  for (let row = 0; row + 1 < grid.length; row += 1) {
    for (let column = 0; column + 1 < grid[row].length; column += 1) {
      const corners = [
        grid[row][column],
        grid[row][column + 1],
        grid[row + 1][column + 1],
        grid[row + 1][column],
      ];
      const crossings = crossingsOf(corners, level);
      // Two for a line through the cell; four where two opposite corners lie higher.
      for (let place = 0; place + 1 < crossings.length; place += 2) {
        const [from, to] = [crossings[place], crossings[place + 1]];
        segments.push({
          x1: column + from[0],
          y1: row + from[1],
          x2: column + to[0],
          y2: row + to[1],
        });
      }
    }
  }
  return segments;
}

/** Where the four sides begin, and which way they go. */
const SIDES = [
  [0, 0, 1, 0],
  [1, 0, 0, 1],
  [1, 1, -1, 0],
  [0, 1, 0, -1],
];

/**
 * @param {number[]} corners heights, around the cell
 * @param {number} level
 * @returns {number[][]} where the sides of the cell have this height, around it
 */
function crossingsOf(corners, level) {
  return SIDES.flatMap(([x, y, across, up], side) => {
    const [from, to] = [corners[side], corners[(side + 1) % 4]];
    if (from > level === to > level) return [];
    const share = (level - from) / (to - from);
    return [[x + across * share, y + up * share]];
  });
}
