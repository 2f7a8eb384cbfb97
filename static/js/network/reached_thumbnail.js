/** Over the thumbnail of a layer: how much of it a pixel of the input reaches. */

import { reachedMask } from "../shared/reached.js";

const REACH_PX = 60;

/**
 * What a pixel does not reach is dark, what it reaches framed, never finer than can be seen.
 *
 * @param {HTMLCanvasElement} canvas over the thumbnail
 * @param {import("../types.js").ReachedLayer} found
 */
export function paintReached(canvas, found) {
  canvas.width = REACH_PX;
  canvas.height = REACH_PX;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "rgb(6 12 14 / 62%)";
  context.fillRect(0, 0, REACH_PX, REACH_PX);
  const { height, width, box } = found;
  if (!box) return;
  const [down, across] = [REACH_PX / height, REACH_PX / width];
  const mask = reachedMask(found);
  for (let row = box.top; row < box.bottom; row += 1) {
    for (let column = box.left; column < box.right; column += 1) {
      if (!mask[row * width + column]) continue;
      context.clearRect(column * across, row * down, Math.max(across, 2), Math.max(down, 2));
    }
  }
  context.strokeStyle = "#ffd84d";
  context.lineWidth = 3;
  const [tall, wide] = [(box.bottom - box.top) * down, (box.right - box.left) * across];
  context.strokeRect(
    Math.min(box.left * across, REACH_PX - 6),
    Math.min(box.top * down, REACH_PX - 6),
    Math.max(wide, 6),
    Math.max(tall, 6),
  );
}
