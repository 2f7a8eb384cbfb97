/** Numbers as a grid of cells that light up; where they can be chosen, by pointer, drag or arrow. */

import { colourOf, largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { element, setText } from "../../shared/element.js";

/**
 * @typedef {object} Cells
 * @property {number[]} values row after row; NaN where one is not known yet
 * @property {number} columns
 * @property {number} [border] cells of padding on every side, which are in no index
 * @property {string} [padding] what stands in them, "0" unless given
 * @property {Set<number>} [lit] coloured by their value
 * @property {number | null} [now] the one of them that is spoken of
 * @property {number | null} [chosen]
 * @property {number} [largest] magnitude that has the strongest colour; of all values unless given
 * @property {(value: number) => string} [write]
 * @property {(value: number) => {background: string, ink: string}} [colour] of those that are lit,
 *   by their share of the largest unless given
 */
/** @typedef {ReturnType<typeof createCellGrid>} CellGrid */

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.name for tests and style sheets
 * @param {string} options.caption
 * @param {(index: number) => string} options.label of a cell, before its value
 * @param {((index: number) => void) | null} [options.onChoose]
 */
export function createCellGrid(parent, { name, caption, label, onChoose = null }) {
  const sheet = element("div", {
    class: "cells",
    attributes: { role: "group", "aria-label": caption, "data-grid": name },
  });
  const title = element("figcaption", { text: caption });
  const node = element("figure", { class: "cell-figure" }, title, sheet);
  parent.append(node);
  /** @type {HTMLElement[]} */
  let cells = [];
  let columns = 0;
  let border = 0;
  let shape = "";

  /** @param {Element | null} target */
  const indexOf = (target) => {
    const cell = target?.closest("[data-index]");
    const found = cell && sheet.contains(cell) ? cell : null;
    return found ? Number(/** @type {HTMLElement} */ (found).dataset.index) : null;
  };

  if (onChoose) {
    let is_held = false;
    /** @param {PointerEvent} event */
    const chooseUnder = (event) => {
      const index = indexOf(document.elementFromPoint(event.clientX, event.clientY));
      if (index !== null && cells[index].getAttribute("aria-pressed") !== "true") onChoose(index);
    };
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      is_held = true;
      chooseUnder(event);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (is_held && event.buttons > 0) chooseUnder(event);
    });
    for (const type of /** @type {const} */ (["pointerup", "pointercancel", "pointerleave"])) {
      sheet.addEventListener(type, () => {
        is_held = false;
      });
    }
    // Also what the space bar or a screen reader presses.
    sheet.addEventListener("click", (event) => {
      const index = indexOf(/** @type {Element} */ (event.target));
      if (index !== null) onChoose(index);
    });
    sheet.addEventListener("keydown", (event) => {
      const from = indexOf(/** @type {Element} */ (event.target));
      const step = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
      if (from === null || !step) return;
      event.preventDefault();
      const row = Math.floor(from / columns) + step[0];
      const column = (from % columns) + step[1];
      if (row < 0 || column < 0 || column >= columns || row >= cells.length / columns) return;
      onChoose(row * columns + column);
      cells[row * columns + column].focus();
    });
  }

  /** @param {number} count @param {string} padding */
  function build(count, padding) {
    cells = Array.from({ length: count }, (_, index) =>
      element(onChoose ? "button" : "span", {
        class: "cell",
        attributes: { "data-index": index, ...(onChoose ? { type: "button" } : { role: "img" }) },
      }),
    );
    const rows = count / columns;
    const all = Array.from({ length: (rows + 2 * border) * (columns + 2 * border) }, (_, at) => {
      const row = Math.floor(at / (columns + 2 * border)) - border;
      const column = (at % (columns + 2 * border)) - border;
      const is_inside = row >= 0 && row < rows && column >= 0 && column < columns;
      if (is_inside) return cells[row * columns + column];
      return element("span", {
        ...{ class: "cell is-padding", text: padding },
        attributes: { "aria-hidden": "true" },
      });
    });
    sheet.style.setProperty("--columns", String(columns + 2 * border));
    sheet.replaceChildren(...all);
  }

  return {
    node,
    sheet,

    /** @param {number} index */
    cell: (index) => cells[index],

    /** @param {string} text */
    caption: (text) => setText(title, text),

    /** @param {Cells} shown */
    show({ values, columns: width, border: around = 0, lit, now = null, chosen = null, ...more }) {
      const next = [values.length, width, around].join();
      if (next !== shape) {
        shape = next;
        columns = width;
        border = around;
        build(values.length, more.padding ?? "0");
      }
      const largest = more.largest ?? largestMagnitude(values);
      const write = more.write ?? readable;
      values.forEach((value, index) => {
        const cell = cells[index];
        const is_lit = lit?.has(index) ?? false;
        const text = Number.isNaN(value) ? "·" : write(value);
        setText(cell, text);
        cell.dataset.value = String(value);
        cell.setAttribute("aria-label", `${label(index)}: ${text}`);
        cell.classList.toggle("is-lit", is_lit);
        cell.classList.toggle("is-now", index === now);
        cell.classList.toggle("is-chosen", index === chosen);
        const { background, ink } = more.colour?.(value) ?? colourOf(value, largest);
        cell.style.backgroundColor = is_lit ? background : "";
        cell.style.color = is_lit ? ink : "";
        if (onChoose) {
          cell.setAttribute("aria-pressed", String(index === chosen));
          cell.tabIndex = index === (chosen ?? 0) ? 0 : -1;
        }
      });
    },
  };
}
