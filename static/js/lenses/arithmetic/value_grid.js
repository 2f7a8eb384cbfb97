/** A few numbers as a grid of coloured cells, each readable, each exact under the pointer. */

import { element, setText } from "../../shared/element.js";
import { cellText, cellTextShort, colourOf, largestMagnitude } from "./values.js";

/**
 * @typedef {object} Cells
 * @property {ArrayLike<number>} values row after row
 * @property {number} columns
 * @property {(index: number) => string} title exact, in words
 * @property {(index: number) => boolean} [isVoid] nothing is read there
 * @property {(index: number) => boolean} [isMarked]
 * @property {(index: number) => boolean} [isLater] not there yet: its place stays empty
 * @property {number} [largest] magnitude of the strongest colour; that of the values unless given
 * @property {((index: number) => void) | null} [onChoose] makes the cells buttons
 */

/** With more columns than these, cells are written shorter where the screen is narrow. */
const ROOMY_COLUMNS = 7;
/** So many columns fit every screen: more are scrolled, in their own frame. */
const FITTING_COLUMNS = 11;

/**
 * @param {string} caption
 * @param {(index: number | null) => void} onPoint at a cell, by pointer or by focus
 */
export function createValueGrid(caption, onPoint) {
  const title = element("figcaption", { class: "grid-caption", text: caption });
  const sheet = element("div", {
    class: "value-grid",
    attributes: { role: "group", "aria-label": caption },
  });
  const port = element("div", { class: "value-port" }, sheet);
  const node = element("figure", { class: "value-figure" }, title, port);
  /** @type {HTMLElement[]} */
  let cells = [];
  let columns = 1;
  /** @type {Cells["onChoose"]} */
  let choose = null;

  /** @param {Event} event */
  const indexOf = (event) => {
    const cell = /** @type {HTMLElement} */ (event.target).closest("[data-index]");
    return cell ? Number(/** @type {HTMLElement} */ (cell).dataset.index) : null;
  };
  sheet.addEventListener("pointerover", (event) => onPoint(indexOf(event)));
  sheet.addEventListener("pointerleave", () => onPoint(null));
  sheet.addEventListener("focusin", (event) => onPoint(indexOf(event)));
  sheet.addEventListener("focusout", () => onPoint(null));
  sheet.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index !== null && cells[index].tagName === "BUTTON") choose?.(index);
  });
  // One stop for Tab; the arrows walk from cell to cell, and not the unit over its map.
  sheet.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const from = indexOf(event);
    if (step === undefined || from === null) return;
    event.preventDefault();
    event.stopPropagation();
    const next = cells[from + step];
    if (!next) return;
    cells[from].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  return {
    node,

    /** @param {string} text */
    caption(text) {
      title.textContent = text;
    },

    /** @param {Cells} shown */
    show({ values, columns: width, title: words, isVoid, isMarked, isLater, onChoose = null, ...more }) {
      columns = width;
      choose = onChoose;
      const largest = more.largest ?? largestMagnitude(values);
      /** @param {number} index */
      const isButton = (index) => onChoose !== null && !(isVoid?.(index) ?? false);
      const before = cells;
      // While a window slides, the same cells say something else many times a second.
      cells = Array.from({ length: values.length }, (_, index) => {
        const is_button = isButton(index);
        const known = before.length === values.length ? before[index] : null;
        const is_same = known && !is_button && known.tagName === "SPAN";
        const cell = is_same ? known : element(is_button ? "button" : "span");
        if (is_button) {
          cell.setAttribute("type", "button");
          cell.setAttribute("aria-label", words(index));
          cell.tabIndex = -1;
        }
        const value = values[index];
        const empty = isVoid?.(index) ?? false;
        cell.className = `value-cell${empty ? " is-void" : ""}${isMarked?.(index) ? " is-marked" : ""}${
          isLater?.(index) ? " is-later" : ""
        }`;
        setText(cell, Number.isFinite(value) || !empty ? cellText(value) : "–");
        cell.dataset.short = cellTextShort(value);
        cell.title = words(index);
        cell.dataset.index = String(index);
        cell.dataset.value = String(value);
        const { background, ink } = colourOf(value, largest);
        cell.style.backgroundColor = empty ? "" : background;
        cell.style.color = empty ? "" : ink;
        return cell;
      });
      const first = cells.find((cell) => cell.tagName === "BUTTON");
      if (first) first.tabIndex = 0;
      sheet.style.setProperty("--columns", String(width));
      sheet.classList.toggle("is-five", width > 3 && width <= 5);
      sheet.classList.toggle("is-broad", width > ROOMY_COLUMNS);
      const scrolls = width > FITTING_COLUMNS;
      for (const [name, text] of [["tabindex", "0"], ["role", "region"], ["aria-label", `${caption}, scrolled sideways`]]) {
        if (scrolls) port.setAttribute(name, text);
        else port.removeAttribute(name);
      }
      if (cells.some((cell, index) => cell !== before[index])) sheet.replaceChildren(...cells);
    },

    /** @param {number | null} index */
    point(index) {
      for (const cell of sheet.querySelectorAll(".is-pointed")) cell.classList.remove("is-pointed");
      if (index !== null) cells[index]?.classList.add("is-pointed");
    },
  };
}
