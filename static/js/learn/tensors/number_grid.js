/** A small matrix: each number in its cell, in colour, to be pointed at or chosen. */

import { element } from "../../shared/element.js";
import { SIDE } from "./address.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {object} CellLook
 * @property {string} text
 * @property {string} background
 * @property {string} ink
 * @property {string} title exact, in words
 * @property {number} value
 */

/**
 * One stop for Tab; the arrows walk from cell to cell.
 *
 * @param {string} label
 * @param {(row: number, column: number) => void} onChoose a cell, by pressing it or by focus
 * @param {{hovers?: boolean}} [options] hovers: the pointer over a cell chooses it too
 */
export function createNumberGrid(label, onChoose, { hovers = false } = {}) {
  const caption = element("figcaption", { class: "cells-caption", text: label });
  const cells = Array.from({ length: SIDE * SIDE }, (_, index) =>
    element("button", {
      class: "cells-cell figure",
      attributes: {
        type: "button",
        "data-index": index,
        tabindex: index === 0 ? 0 : -1,
        // Until its number is there.
        "aria-label": `${label}, row ${Math.floor(index / SIDE)}, column ${index % SIDE}`,
      },
    }),
  );
  const sheet = element(
    "div",
    { class: "cells", attributes: { role: "group", "aria-label": label } },
    ...cells,
  );
  const node = element("figure", { class: "cells-figure" }, caption, sheet);

  /** @param {Event} event @returns {number | null} */
  function indexOf(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    return target instanceof HTMLElement ? Number(target.dataset.index) : null;
  }

  /** @param {Event} event */
  function choose(event) {
    const index = indexOf(event);
    if (index !== null) onChoose(Math.floor(index / SIDE), index % SIDE);
  }
  if (hovers) sheet.addEventListener("pointerover", choose);
  sheet.addEventListener("focusin", choose);
  sheet.addEventListener("click", choose);
  sheet.addEventListener("keydown", (event) => {
    const [down, right] = ARROWS[event.key] ?? [0, 0];
    const from = indexOf(event);
    if (from === null || (down === 0 && right === 0)) return;
    event.preventDefault();
    const row = Math.floor(from / SIDE) + down;
    const column = (from % SIDE) + right;
    if (row < 0 || row >= SIDE || column < 0 || column >= SIDE) return;
    cells[row * SIDE + column].focus();
  });

  return {
    node,

    /** @param {string} text */
    caption(text) {
      caption.textContent = text;
    },

    /** @param {(row: number, column: number) => CellLook} look */
    show(look) {
      cells.forEach((cell, index) => {
        const shown = look(Math.floor(index / SIDE), index % SIDE);
        cell.textContent = shown.text;
        cell.dataset.value = String(shown.value);
        cell.title = shown.title;
        cell.setAttribute("aria-label", shown.title);
        cell.style.background = shown.background;
        cell.style.color = shown.ink;
      });
    },

    /** @param {(row: number, column: number) => boolean} isLit @param {number} at the one stop */
    light(isLit, at) {
      cells.forEach((cell, index) => {
        cell.classList.toggle("is-lit", isLit(Math.floor(index / SIDE), index % SIDE));
        cell.classList.toggle("is-chosen", index === at);
        cell.tabIndex = index === at ? 0 : -1;
      });
    },
  };
}

/**
 * The look of a number of a colour channel, from black to the colour itself.
 *
 * @param {number} channel
 * @param {number} share 0 to 1
 * @returns {{background: string, ink: string}}
 */
export function channelLook(channel, share) {
  const level = Math.round(255 * Math.max(0, Math.min(1, share)));
  // Pure blue and red are too dark for black numbers to be read on them: they fade to pale.
  const pale = Math.round(0.45 * level);
  const levels = [pale, pale, pale].with(channel, level);
  const [red, green, blue] = levels.map((each) => (each / 255) ** 2.2);
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return { background: `rgb(${levels.join(" ")})`, ink: light < 0.179 ? "#ffffff" : "#000000" };
}
