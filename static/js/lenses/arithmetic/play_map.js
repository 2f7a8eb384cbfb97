/** A whole map with a window on it, or with the unit that is being written. */

import { colourTable } from "../../shared/colours.js";
import { element, svg } from "../../shared/element.js";
import { largestMagnitude } from "./values.js";

const ZERO = 128;
const STEPS = 127;
/** How much of a value that is not written yet is to be seen, of 255. */
const FAINT = 46;

/**
 * @param {string} name
 * @param {((row: number, column: number) => void) | null} [onChoose]
 */
export function createPlayMap(name, onChoose = null) {
  const canvas = element("canvas", { class: "play-canvas", attributes: { role: "img" } });
  const marks = svg("svg", { class: "play-marks", "aria-hidden": "true", preserveAspectRatio: "none" });
  const sheet = element("div", { class: `play-sheet${onChoose ? " is-choice" : ""}` }, canvas);
  sheet.append(marks);
  const caption = element("figcaption", { class: "grid-caption" });
  const node = element("figure", { class: `value-figure play-map play-${name}` }, caption, sheet);
  let size = { height: 1, width: 1 };

  sheet.addEventListener("click", (event) => {
    const box = sheet.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * size.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * size.width);
    const is_inside = row >= 0 && column >= 0 && row < size.height && column < size.width;
    if (is_inside) onChoose?.(row, column);
  });

  /** @param {{height: number, width: number}} next */
  function resize(next) {
    size = next;
    if (canvas.width !== next.width) canvas.width = next.width;
    if (canvas.height !== next.height) canvas.height = next.height;
    sheet.style.aspectRatio = `${next.width} / ${next.height}`;
    marks.setAttribute("viewBox", `0 0 ${next.width} ${next.height}`);
  }
  const context = () => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

  return {
    node,

    /**
     * What it will show, and as large as it will be.
     *
     * @param {string} text
     * @param {{height: number, width: number}} shape
     */
    announce(text, shape) {
      resize(shape);
      caption.textContent = text;
      canvas.setAttribute("aria-label", text);
    },

    /**
     * @param {Float32Array} values row after row
     * @param {{height: number, width: number}} shape
     * @param {number} [written] so many of them in full, the others faint; all unless given
     */
    paint(values, shape, written = values.length) {
      resize(shape);
      const image = new ImageData(shape.width, shape.height);
      const pixels = new Uint32Array(image.data.buffer);
      const table = colourTable("diverging");
      const largest = largestMagnitude(values) || 1;
      values.forEach((value, index) => {
        const share = Number.isFinite(value) ? value / largest : 0;
        pixels[index] = table[ZERO + Math.floor(share * STEPS + 0.5)];
      });
      for (let index = written; index < values.length; index += 1) image.data[index * 4 + 3] = FAINT;
      context().putImageData(image, 0, 0);
    },

    /** @param {CanvasImageSource} picture @param {{height: number, width: number}} shape */
    paintPicture(picture, shape) {
      resize(shape);
      context().drawImage(picture, 0, 0);
    },

    canvas,

    /**
     * @param {number[]} rows
     * @param {number[]} columns where they meet a cell is marked; around all of them is a frame
     */
    mark(rows, columns) {
      if (rows.length === 0 || columns.length === 0) {
        marks.replaceChildren();
        return;
      }
      const [top, left] = [Math.min(...rows), Math.min(...columns)];
      const box = { x: left, y: top, width: Math.max(...columns) + 1 - left, height: Math.max(...rows) + 1 - top };
      const has_gaps = rows.length * columns.length < box.width * box.height;
      const cells = has_gaps
        ? rows.flatMap((y) => columns.map((x) => svg("rect", { class: "play-cell", x, y, width: 1, height: 1 })))
        : [];
      marks.replaceChildren(
        ...cells,
        svg("rect", { class: "play-frame-edge", ...box }),
        svg("rect", { class: "play-frame", ...box }),
      );
      const place = { rows: rows.join(), columns: columns.join() };
      Object.assign(sheet.dataset, place);
    },
  };
}
