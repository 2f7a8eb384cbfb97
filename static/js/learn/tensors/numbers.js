/** Patch A as numbers: three matrices, and what they become when they are turned over. */

import { button, byId, element, setText } from "../../shared/element.js";
import { formatFixed, formatInteger } from "../../shared/format.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { CHANNELS, PICTURE_PX, SIDE, address, placeOf, watch } from "./address.js";
import { createBoard, tell } from "./board.js";
import { channelLook, createNumberGrid } from "./number_grid.js";
import { paint } from "./paint.js";

const LEVELS = 255;

export function createNumbers() {
  const board = createBoard(byId("numbers-board"), ["a"]);
  const patch = /** @type {HTMLCanvasElement} */ (byId("numbers-picture"));
  const words = byId("numbers-words");
  createFormula("tensors.size").fill(
    { channels: CHANNELS.length, rows: PICTURE_PX, columns: PICTURE_PX, numbers: 3 * PICTURE_PX ** 2 },
    formatInteger,
  );
  /** @type {Float32Array | null} */
  let picture = null;
  /** Of the matrix that is shown. */
  let pointed = { row: 2, column: 4 };

  const scale = createChosenOne({
    label: "numbers from",
    choices: /** @type {const} */ ([
      { value: "unit", text: "0 to 1" },
      { value: "levels", text: "0 to 255" },
    ]),
    value: address.get().scale,
    onChange: (value) => address.change({ scale: value }, { step: true }),
  });
  const turn = button("Transpose", turnOver, { class: "button button-small" });
  byId("numbers-tools").append(scale.node, turn);
  const grids = CHANNELS.map((name) => createNumberGrid(name, point, { hovers: true }));
  byId("numbers-grids").append(...grids.map(({ node }) => node));

  function turnOver() {
    address.change({ turned: address.get().turned === "yes" ? "no" : "yes" }, { step: true });
  }

  /** @param {number} row @param {number} column */
  function point(row, column) {
    pointed = { row, column };
    say();
  }

  /** Where in the patch that stands which is shown at this place. @param {number} row @param {number} column */
  const origin = (row, column) =>
    address.get().turned === "yes" ? { row: column, column: row } : { row, column };

  /** @param {number} channel @param {number} row @param {number} column of the patch */
  function valueAt(channel, row, column) {
    const place = placeOf(address.get().a);
    const y = place.row + row;
    const x = place.column + column;
    return picture ? picture[(channel * PICTURE_PX + y) * PICTURE_PX + x] : 0;
  }

  /** @param {number} value in [0, 1] */
  const written = (value) =>
    address.get().scale === "levels" ? formatInteger(Math.round(value * LEVELS)) : formatFixed(value, 3);

  function draw() {
    const now = address.get();
    const is_turned = now.turned === "yes";
    scale.show(now.scale);
    turn.setAttribute("aria-pressed", String(is_turned));
    patch.classList.toggle("is-turned", is_turned);
    setText(byId("numbers-caption"), is_turned ? "Aᵀ, turned over" : "A");
    if (!picture) return;
    // The canvas itself is turned over by its style: the eye can follow it.
    paint(patch, SIDE, SIDE, (index) => {
      const [row, column] = [Math.floor(index / SIDE), index % SIDE];
      return [valueAt(0, row, column), valueAt(1, row, column), valueAt(2, row, column)];
    });
    grids.forEach((grid, channel) => {
      grid.caption(`${CHANNELS[channel]}${is_turned ? ", transposed" : ""}`);
      grid.show((row, column) => {
        const from = origin(row, column);
        const value = valueAt(channel, from.row, from.column);
        const title = `${CHANNELS[channel]}, row ${row}, column ${column}: ${written(value)}`;
        const text = now.scale === "levels" ? written(value) : formatFixed(value, 2).replace(/^0/, "");
        return { text, title, value, ...channelLook(channel, value) };
      });
    });
    say();
  }

  function say() {
    const { row, column } = pointed;
    for (const grid of grids) grid.light((y, x) => y === row && x === column, row * SIDE + column);
    if (!picture) return;
    const from = origin(row, column);
    const place = placeOf(address.get().a);
    const numbers = CHANNELS.map((name, channel) => {
      const value = valueAt(channel, from.row, from.column);
      const node = element("strong", { class: "figure", attributes: { "data-channel": name } });
      tell(node, value, written(value));
      return node;
    });
    const name = address.get().turned === "yes" ? "Aᵀ" : "A";
    const same = address.get().turned === "yes" ? ` (which is row ${from.row}, column ${from.column} of A)` : "";
    const pixel = `pixel ${place.row + from.row}, ${place.column + from.column} of the picture`;
    words.replaceChildren(
      `Row ${row}, column ${column} of ${name}${same}, ${pixel}: red `,
      ...[numbers[0], ", green ", numbers[1], ", blue ", numbers[2], "."],
    );
  }

  watch(["a", "scale", "turned"], draw);

  return {
    /** @param {Float32Array} shown 3 x 64 x 64 in [0, 1] */
    show(shown) {
      picture = shown;
      board.show(shown);
      draw();
    },
  };
}
