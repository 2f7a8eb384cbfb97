/** A square divided into areas to scale: rows and columns in turn, so that none gets too long. */

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Area
 */

/**
 * Lays shares of an area out so that each area is to scale.
 *
 * Source: Bruls, Huizing, van Wijk, Squarified treemaps, 2000.
 *
 * @param {readonly number[]} shares above 0, the largest first
 * @param {Area} whole
 * @returns {Area[]} one a share, in their order
 */
export function divide(shares, whole) {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const scale = (whole.width * whole.height) / total;
  /** @type {Area[]} */
  const found = [];
  let left = { ...whole };
  let first = 0;
  while (first < shares.length) {
    const side = Math.min(left.width, left.height);
    let count = 1;
    while (
      first + count < shares.length
      && worst(shares.slice(first, first + count + 1), scale, side)
        <= worst(shares.slice(first, first + count), scale, side)
    ) {
      count += 1;
    }
    const row = shares.slice(first, first + count).map((share) => share * scale);
    const sum = row.reduce((one, other) => one + other, 0);
    const thickness = sum / side;
    const is_upright = left.width >= left.height;
    let at = is_upright ? left.y : left.x;
    for (const area of row) {
      const length = area / thickness;
      found.push(
        is_upright
          ? { x: left.x, y: at, width: thickness, height: length }
          : { x: at, y: left.y, width: length, height: thickness },
      );
      at += length;
    }
    left = is_upright
      ? { ...left, x: left.x + thickness, width: left.width - thickness }
      : { ...left, y: left.y + thickness, height: left.height - thickness };
    first += count;
  }
  return found;
}

/** @param {number[]} shares @param {number} scale @param {number} side of the row */
function worst(shares, scale, side) {
  const sum = shares.reduce((one, other) => one + other, 0) * scale;
  return Math.max(
    ...shares.map((share) => {
      const area = share * scale;
      return Math.max((side ** 2 * area) / sum ** 2, sum ** 2 / (side ** 2 * area));
    }),
  );
}
