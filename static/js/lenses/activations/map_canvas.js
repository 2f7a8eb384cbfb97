/**
 * Maps as tiles on one canvas. Only what is in sight is painted, a row of tiles at a time, and
 * rows stay painted until something changes; marks are drawn on a second canvas above.
 */

import { coloursOfCodes } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { captionType, captionWriter } from "./map_captions.js";
import { cornerOf, hit, tilingFor } from "./map_tiles.js";
import { createMapVeil } from "./map_veil.js";

/** @typedef {import("../../address/selected_unit.js").Unit} Unit */
/** @typedef {import("./map_tiles.js").Tiling} Tiling */

/**
 * @typedef {Pick<import("../../shared/maps.js").LayerMaps, "layer" | "image" | "count" | "height" | "width" |
 *   "is_vector" | "scale"> & Partial<import("../../shared/maps.js").LayerMaps> & {fills?: boolean}} Sheet
 *   fills: one tile takes all the room, in whatever proportions
 */

/**
 * @typedef {object} Picture  What is to be seen.
 * @property {Sheet} maps
 * @property {number[]} channels in the order shown
 * @property {import("../../page_types.js").ColourName} colours
 * @property {(channel: number) => Uint32Array} [pixels] of a tile, where it is no map of codes
 * @property {((channel: number) => string) | null} [valueText] stands beneath a tile with its
 *   number
 */

/**
 * @typedef {object} Marks
 * @property {Unit | null} cursor
 * @property {Unit | null} selected
 * @property {boolean} linked whether the cursor shows on every tile
 * @property {boolean} [row_wide] whether a mark spans its whole row
 * @property {import("../../types.js").ReachedLayer | null} [reached] by a pixel of the input
 */

const KEPT_PIXELS = 24e6;

/**
 * @param {Sheet} maps
 * @param {number} channel
 * @param {import("../../page_types.js").ColourName} colours
 */
function pixelsOfMap({ codes, minimum, maximum, height, width }, channel, colours) {
  if (!codes || !minimum || !maximum) throw new Error("a sheet without codes needs pixels");
  const table = coloursOfCodes(colours, minimum[channel], maximum[channel]);
  const size = height * width;
  const pixels = new Uint32Array(size);
  for (let at = 0, code = channel * size; at < size; at += 1) pixels[at] = table[codes[code++]];
  return pixels;
}

/**
 * @param {HTMLElement} parent
 * @param {{onHover: (unit: Unit | null) => void,
 *   onChoose: (unit: Unit, event: MouseEvent) => void, onPainted?: () => void, label: string}}
 *   options onPainted: after the first painting of what `show` was given
 */
export function createMapCanvas(parent, { onHover, onChoose, onPainted, label }) {
  const canvas = element("canvas", {
    class: "map-canvas",
    attributes: { role: "img", "aria-label": label },
  });
  const overlay = element("canvas", {
    class: "map-canvas map-overlay",
    attributes: { "aria-hidden": "true" },
  });
  const sheet = element(
    "div",
    { class: "map-sheet", attributes: { hidden: true } },
    canvas,
    overlay,
  );
  const spacer = element("div", { class: "map-spacer" }, sheet);
  const port = element("div", { class: "map-port", attributes: { tabindex: "-1" } }, spacer);
  parent.append(port);

  /** @type {Picture | null} */
  let picture = null;
  /** @type {Tiling | null} */
  let tiling = null;
  /** @type {Marks} */
  let marks = { cursor: null, selected: null, linked: false };
  /** Painted rows of tiles, one pixel a value. @type {Map<number, HTMLCanvasElement>} */
  const strips = new Map();
  const veil = createMapVeil();
  let scheduled = 0;
  let redraw_maps = false;
  let is_new = false;

  /** @param {boolean} maps_too */
  function schedule(maps_too) {
    redraw_maps ||= maps_too;
    scheduled ||= requestAnimationFrame(() => {
      scheduled = 0;
      if (redraw_maps) paint();
      redraw_maps = false;
      paintMarks();
    });
  }

  /** @param {number} row of tiles */
  function stripOf(row) {
    const known = strips.get(row);
    if (known) return known;
    const { maps, channels, colours, pixels: pixelsOf } = /** @type {Picture} */ (picture);
    const { columns } = /** @type {Tiling} */ (tiling);
    const shown = channels.slice(row * columns, (row + 1) * columns);
    const { height, width } = maps;
    const image = new ImageData(shown.length * width, height);
    const pixels = new Uint32Array(image.data.buffer);
    shown.forEach((channel, place) => {
      const tile = pixelsOf?.(channel) ?? pixelsOfMap(maps, channel, colours);
      for (let y = 0; y < height; y += 1) {
        pixels.set(tile.subarray(y * width, (y + 1) * width), y * image.width + place * width);
      }
    });
    const strip = element("canvas");
    strip.width = image.width;
    strip.height = height;
    /** @type {CanvasRenderingContext2D} */ (strip.getContext("2d")).putImageData(image, 0, 0);
    const limit = Math.max(1, Math.floor(KEPT_PIXELS / (image.width * height)));
    if (strips.size >= limit) strips.delete(/** @type {number} */ (strips.keys().next().value));
    strips.set(row, strip);
    return strip;
  }

  /** @param {HTMLCanvasElement} target */
  function prepared(target) {
    const scale = window.devicePixelRatio;
    const [width, height] = [port.clientWidth, port.clientHeight];
    if (target.width !== Math.round(width * scale) || target.height !== Math.round(height * scale)) {
      target.width = Math.round(width * scale);
      target.height = Math.round(height * scale);
      target.style.width = `${width}px`;
      target.style.height = `${height}px`;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (target.getContext("2d"));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.translate(0, -port.scrollTop);
    return context;
  }

  function paint() {
    if (port.clientWidth === 0) return;
    const context = prepared(canvas);
    if (!picture || !tiling) return;
    const { maps, channels, colours } = picture;
    const { columns, step_y, width, height, label_px } = tiling;
    const first = Math.floor(port.scrollTop / step_y);
    const last = Math.min(
      tiling.rows - 1,
      Math.floor((port.scrollTop + port.clientHeight) / step_y),
    );
    context.imageSmoothingEnabled = width < maps.width;
    context.imageSmoothingQuality = "high";
    context.lineWidth = 1;
    context.strokeStyle = getComputedStyle(port).borderTopColor;
    const write = captionWriter(context, port, tiling);
    /** @type {string[][]} */
    const captions = [];
    for (let row = first; row <= last; row += 1) {
      const strip = stripOf(row);
      for (let place = row * columns; place < Math.min(channels.length, (row + 1) * columns); place += 1) {
        const { left, top } = cornerOf(tiling, place);
        const from = (place % columns) * maps.width;
        context.drawImage(strip, from, 0, maps.width, maps.height, left, top, width, height);
        // Else what is near white would melt into the page.
        context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
        if (!label_px) continue;
        const caption = [String(channels[place]), picture.valueText?.(channels[place]) ?? ""];
        write({ left, top }, caption[0], caption[1]);
        captions.push(caption);
      }
    }
    Object.assign(canvas.dataset, {
      tiling: JSON.stringify(tiling),
      size: JSON.stringify([maps.height, maps.width]),
      channels: channels.join(","),
      layer: maps.layer,
      image: maps.image,
      scale: maps.scale,
      colours,
      captions: JSON.stringify(captions),
    });
    if (is_new) onPainted?.();
    is_new = false;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} left
   * @param {number} top
   * @param {number} width
   * @param {number} height
   * @param {string} colour
   */
  function frame(context, left, top, width, height, colour) {
    // Whole also at the sheet's edge, beyond which nothing is painted.
    const [x, y] = [Math.max(left - 1, 1.5), Math.max(top - 1, 1.5)];
    const [across, down] = [left + width + 1 - x, top + height + 1 - y];
    context.lineWidth = 3;
    context.strokeStyle = "rgb(6 12 14 / 85%)";
    context.strokeRect(x, y, across, down);
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.strokeRect(x, y, across, down);
  }

  function paintMarks() {
    if (port.clientWidth === 0) return;
    const context = prepared(overlay);
    if (!picture || !tiling) return;
    const { maps, channels } = picture;
    const { width, height } = tiling;
    const pixel = { width: width / maps.width, height: height / maps.height };
    const marker = getComputedStyle(port).getPropertyValue("--marker");
    /** @param {Unit} unit @param {number} place @param {string} colour */
    const markPixel = (unit, place, colour) => {
      const { left, top } = cornerOf(/** @type {Tiling} */ (tiling), place);
      const x = left + unit.column * pixel.width;
      const y = top + unit.row * pixel.height;
      frame(context, x, y, Math.max(pixel.width, 3), Math.max(pixel.height, 3), colour);
    };
    const { cursor, selected, linked, row_wide, reached } = marks;
    if (reached && reached.layer === maps.layer) {
      const { step_y, columns } = tiling;
      const first = Math.floor(port.scrollTop / step_y) * columns;
      const last = (Math.floor((port.scrollTop + port.clientHeight) / step_y) + 1) * columns;
      channels.slice(first, last).forEach((channel, index) => {
        const corner = cornerOf(/** @type {Tiling} */ (tiling), first + index);
        veil(context, reached, channel, { ...corner, width, height }, marker);
      });
    }
    if (row_wide) {
      for (const [mark, colour] of /** @type {const} */ ([[selected, marker], [cursor, "#fff"]])) {
        if (!mark) continue;
        const y = mark.row * pixel.height;
        frame(context, tiling.inset, tiling.inset + y, width, Math.max(pixel.height, 3), colour);
      }
      return;
    }
    if (selected) {
      const place = channels.indexOf(selected.channel);
      if (place >= 0) {
        const { left, top } = cornerOf(tiling, place);
        frame(context, left, top, width, height, marker);
        if (!maps.is_vector) markPixel(selected, place, marker);
      }
    }
    if (cursor) {
      channels.forEach((channel, place) => {
        if (linked || channel === cursor.channel) markPixel(cursor, place, "#fff");
      });
    }
  }

  /** @param {PointerEvent} event @returns {Unit | null} */
  function unitAt(event) {
    if (!picture || !tiling) return null;
    const box = port.getBoundingClientRect();
    const shown = { ...picture.maps, count: picture.channels.length };
    const x = event.clientX - box.left;
    const found = hit(tiling, shown, x, event.clientY - box.top + port.scrollTop);
    if (!found) return null;
    return { channel: picture.channels[found.place], row: found.row, column: found.column };
  }

  function fit() {
    if (!picture || port.clientWidth === 0) return;
    const room = { width: port.clientWidth, height: port.clientHeight };
    const before = JSON.stringify(tiling);
    const type = { ...captionType(port), has_values: Boolean(picture.valueText) };
    tiling = tilingFor({ ...picture.maps, count: picture.channels.length }, room, type);
    if (JSON.stringify(tiling) !== before) strips.clear();
    const overflow = tiling.total_height > room.height;
    spacer.style.height = overflow ? `${tiling.total_height}px` : "100%";
    schedule(true);
  }

  port.addEventListener("scroll", () => schedule(true), { passive: true });
  port.addEventListener("pointermove", (event) => onHover(unitAt(event)));
  port.addEventListener("pointerleave", () => onHover(null));
  // A click's own place is rounded to whole pixels, which may be a value further.
  /** @type {Unit | null} */
  let pressed = null;
  port.addEventListener("pointerdown", (event) => {
    pressed = unitAt(event);
  });
  port.addEventListener("click", (event) => {
    if (pressed) onChoose(pressed, event);
  });
  const resizing = new ResizeObserver(fit);
  resizing.observe(port);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const onScheme = () => schedule(true);
  scheme.addEventListener("change", onScheme);
  const theme = new MutationObserver(onScheme);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  return {
    port,
    canvas,

    /** @param {Picture | null} next */
    show(next) {
      const reset = next?.maps.layer !== picture?.maps.layer;
      picture = next;
      is_new = true;
      strips.clear();
      tiling = null;
      // Its name and what it carries are those of the last maps that were painted.
      sheet.hidden = next === null;
      if (reset) port.scrollTop = 0;
      fit();
      schedule(true);
    },

    /** @param {Marks} next */
    mark(next) {
      marks = next;
      overlay.dataset.reached = next.reached ? next.reached.layer : "";
      schedule(false);
    },

    /** How many tiles stand beside each other. */
    columns: () => tiling?.columns ?? 1,

    /** @param {number} channel  Brings its tile into sight. */
    reveal(channel) {
      const place = picture?.channels.indexOf(channel) ?? -1;
      if (!tiling || place < 0) return;
      const { top } = cornerOf(tiling, place);
      if (top < port.scrollTop) port.scrollTop = top;
      const bottom = top + tiling.step_y;
      if (bottom > port.scrollTop + port.clientHeight) {
        port.scrollTop = bottom - port.clientHeight;
      }
    },

    destroy() {
      cancelAnimationFrame(scheduled);
      resizing.disconnect();
      theme.disconnect();
      scheme.removeEventListener("change", onScheme);
      port.remove();
    },
  };
}
