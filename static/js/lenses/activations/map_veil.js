/** Over the map of a layer: dark where a pixel of the input does not reach, an outline where it does. */

import { outline } from "../../picture/field_overlay.js";
import { element } from "../../shared/element.js";
import { partsOf, reachedMask } from "../../shared/reached.js";

/** @typedef {import("../../types.js").ReachedLayer} ReachedLayer */

const VEIL = [6, 12, 14, 150];

export function createMapVeil() {
  /** @type {ReachedLayer | null} */
  let known = null;
  /** By the parts that a channel is in: few channels differ. @type {Map<string, {veil: HTMLCanvasElement, edge: Path2D}>} */
  const made = new Map();

  /** @param {ReachedLayer} found @param {number} channel */
  function veilOf(found, channel) {
    if (found !== known) made.clear();
    known = found;
    const parts = partsOf(found, channel);
    const key = parts.join();
    const before = made.get(key);
    if (before) return before;
    const { height, width } = found;
    const mask = reachedMask(found, parts);
    const image = new ImageData(width, height);
    mask.forEach((is_reached, index) => {
      if (!is_reached) image.data.set(VEIL, index * 4);
    });
    const veil = element("canvas");
    veil.width = width;
    veil.height = height;
    veil.getContext("2d")?.putImageData(image, 0, 0);
    const drawn = { veil, edge: new Path2D(outline(mask, height, width)) };
    made.set(key, drawn);
    return drawn;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ReachedLayer} found
   * @param {number} channel
   * @param {{left: number, top: number, width: number, height: number}} tile px
   * @param {string} colour
   */
  return function draw(context, found, channel, { left, top, width, height }, colour) {
    const { veil, edge } = veilOf(found, channel);
    const [across, down] = [width / found.width, height / found.height];
    context.imageSmoothingEnabled = false;
    context.drawImage(veil, left, top, width, height);
    context.save();
    context.translate(left, top);
    // Never finer than can be seen.
    context.scale(across, down);
    context.lineWidth = 1.5 / Math.min(across, down);
    context.strokeStyle = colour;
    context.stroke(edge);
    context.restore();
  };
}
