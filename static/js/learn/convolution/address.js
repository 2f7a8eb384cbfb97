/** What the chapter shows, as its address keeps it. */

import { choice, createChapterAddress, number, numbers } from "../parts/address.js";
import { kept_kernels } from "./kernels.js";

/** @typedef {typeof address} Address */
/** @typedef {ReturnType<Address["get"]>} Shown */

/** @param {number} usual @param {number} low @param {number} high */
const whole = (usual, low, high) => number(usual, { low, high, whole: true });

export const SIZES = /** @type {const} */ (["16", "32", "48"]);
export const BOUNDS = {
  n: { low: 1, high: 16 },
  k: { low: 1, high: 7 },
  s: { low: 1, high: 4 },
  p: { low: 0, high: 3 },
  d: { low: 1, high: 3 },
  in: { low: 1, high: 512 },
  out: { low: 1, high: 512 },
};

export const address = createChapterAddress({
  // The picture, and how the kernels slide over it.
  size: choice("32", SIZES),
  colours: choice("rgb", /** @type {const} */ (["rgb", "grey"])),
  numbers: choice("bytes", /** @type {const} */ (["bytes", "network"])),
  kernels: kept_kernels,
  map: whole(0, 0, 3),
  side: choice("3", /** @type {const} */ (["3", "5"])),
  stride: whole(1, 1, 4),
  padding: whole(0, 0, 4),
  dilation: whole(1, 1, 3),
  view: choice("window", /** @type {const} */ (["window", "matrix"])),
  // Row and column of the window, and of that of the pool, in their maps.
  at: numbers([13, 14], { low: 0, high: 60 }),
  activation: choice("relu", /** @type {const} */ (["none", "relu"])),
  pool: choice("max", /** @type {const} */ (["max", "average"])),
  pool_size: whole(2, 1, 6),
  pool_stride: whole(2, 1, 6),
  pool_at: numbers([6, 7], { low: 0, high: 60 }),
  // The row of pixels.
  n: whole(8, BOUNDS.n.low, BOUNDS.n.high),
  k: whole(3, BOUNDS.k.low, BOUNDS.k.high),
  s: whole(2, BOUNDS.s.low, BOUNDS.s.high),
  p: whole(0, BOUNDS.p.low, BOUNDS.p.high),
  d: whole(1, BOUNDS.d.low, BOUNDS.d.high),
  in: whole(3, BOUNDS.in.low, BOUNDS.in.high),
  out: whole(4, BOUNDS.out.low, BOUNDS.out.high),
});

/** What is shown, the chosen map among those that there are. @param {Address} from @returns {Shown} */
export function shownOf(from) {
  const shown = from.get();
  return { ...shown, map: Math.min(shown.map, shown.kernels.length - 1) };
}
