/** Numbers painted as a square, with what is marked in it; a place in it can be chosen. */

import { element, setText, svg } from "../../shared/element.js";
import { paintValues } from "../parts/paint.js";

/** @typedef {ReturnType<typeof createSheet>} Sheet */

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.name for tests and style sheets
 * @param {string} options.label
 * @param {((row: number, column: number, is_over: boolean) => void) | null} [options.onPlace] a
 *   place was chosen, in cells of the sheet; is_over: nothing is held any more
 */
export function createSheet(parent, { name, label, onPlace = null }) {
  const canvas = element("canvas", { class: "sheet-canvas" });
  const marks = svg("svg", { class: "sheet-marks", preserveAspectRatio: "none", "aria-hidden": "true" });
  const board = element(
    "div",
    {
      class: "sheet",
      attributes: {
        "data-sheet": name,
        "aria-label": label,
        ...(onPlace ? { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuenow": 0 } : { role: "img" }),
      },
    },
    canvas,
    marks,
  );
  const caption = element("figcaption", {});
  const node = element("figure", { class: "sheet-figure" }, caption, board);
  parent.append(node);
  let size = 1;
  /** What can be chosen: places from 0, so many in a row. */
  let places = 1;
  let place = 0;

  if (onPlace) {
    let is_held = false;
    /** @param {PointerEvent} event @param {boolean} is_over */
    const under = (event, is_over) => {
      const { left, top, width, height } = board.getBoundingClientRect();
      /** @param {number} share */
      const cell = (share) => Math.min(size - 1, Math.max(0, Math.floor(share * size)));
      onPlace(cell((event.clientY - top) / height), cell((event.clientX - left) / width), is_over);
    };
    board.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      is_held = true;
      board.setPointerCapture(event.pointerId);
      under(event, false);
    });
    board.addEventListener("pointermove", (event) => {
      if (is_held) under(event, false);
    });
    board.addEventListener("pointerup", (event) => {
      if (is_held) under(event, true);
      is_held = false;
    });
    board.addEventListener("pointercancel", () => {
      is_held = false;
    });
  }

  return {
    node,
    board,

    /** @param {string} text */
    caption: (text) => setText(caption, text),

    /** @param {boolean} is_stale of what was before */
    stale: (is_stale) => board.toggleAttribute("data-stale", is_stale),

    /** @param {number} next rows, and columns */
    setSize(next) {
      size = next;
      marks.setAttribute("viewBox", `0 0 ${size} ${size}`);
    },

    /**
     * Zero is neutral, whatever the others are.
     *
     * @param {number[]} values row by row, a square
     * @param {number} largest magnitude that has the strongest colour
     */
    paint(values, largest) {
      paintValues(canvas, Float32Array.from(values), Math.sqrt(values.length), { largest });
    },

    /**
     * @param {number[][][]} bytes red, green and blue, or grey alone
     * @param {number} padding around it, of nothing
     */
    paintPicture(bytes, padding) {
      const rows = bytes[0].length;
      canvas.width = rows + 2 * padding;
      canvas.height = rows + 2 * padding;
      const image = new ImageData(rows, rows);
      for (let index = 0; index < rows * rows; index += 1) {
        const [row, column] = [Math.floor(index / rows), index % rows];
        const colour = [0, 1, 2].map((channel) => (bytes[channel] ?? bytes[0])[row][column]);
        image.data.set([...colour, 255], index * 4);
      }
      canvas.getContext("2d")?.putImageData(image, padding, padding);
    },

    /** @param {Element[]} shapes in cells */
    mark: (...shapes) => marks.replaceChildren(...shapes),

    /**
     * @param {number} next of all places
     * @param {number} across how many there are in a row
     * @param {string} words
     */
    setPlace(next, across, words) {
      place = next;
      places = across;
      board.setAttribute("aria-valuemax", String(across * across - 1));
      board.setAttribute("aria-valuenow", String(place));
      board.setAttribute("aria-valuetext", words);
    },

    /** @param {(place: number) => void} onKey  Arrows walk from place to place. */
    walk(onKey) {
      board.addEventListener("keydown", (event) => {
        const step = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
        if (!step) return;
        event.preventDefault();
        const row = Math.floor(place / places) + step[0];
        const column = (place % places) + step[1];
        if (Math.min(row, column) < 0 || Math.max(row, column) >= places) return;
        onKey(row * places + column);
      });
    },
  };
}

/**
 * The pixels that a window meets, in cells of a picture with its padding, and the box around them.
 *
 * @param {number[]} rows from -padding on
 * @param {number[]} columns
 * @param {number} padding
 */
export function windowMarks(rows, columns, padding) {
  const [top, left] = [rows[0] + padding, columns[0] + padding];
  const [bottom, right] = [rows, columns].map((pixels) => (pixels.at(-1) ?? 0) + padding + 1);
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  const is_spread = rows.length > 1 && rows[1] - rows[0] > 1;
  const cells = is_spread
    ? rows.flatMap((row) =>
        columns.map((column) =>
          svg("rect", { class: "mark-cell", x: column + padding, y: row + padding, width: 1, height: 1 }),
        ),
      )
    : [];
  return [...cells, svg("rect", { class: "mark-box-edge", ...box }), svg("rect", { class: "mark-box", ...box })];
}

/**
 * Covers what a stepper has not come to yet, row by row.
 *
 * @param {number} place that is the last one written
 * @param {number} across
 */
export function laterMarks(place, across) {
  const [row, column] = [Math.floor(place / across), place % across];
  return [
    svg("rect", { class: "mark-later", x: column + 1, y: row, width: across - column - 1, height: 1 }),
    svg("rect", { class: "mark-later", x: 0, y: row + 1, width: across, height: across - row - 1 }),
    svg("rect", { class: "mark-box-edge", x: column, y: row, width: 1, height: 1 }),
    svg("rect", { class: "mark-box", x: column, y: row, width: 1, height: 1 }),
  ];
}
