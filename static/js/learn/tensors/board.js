/** The picture with patches on it, each to be dragged, typed, or moved with the arrow keys. */

import { element, setText } from "../../shared/element.js";
import { MOST_PLACE, PICTURE_PX, SIDE, address, watch } from "./address.js";
import { paint } from "./paint.js";

/** @typedef {import("./address.js").PatchName} PatchName */

const FAR = 8;
/** Its letter stands above a patch, or beneath one that lies higher than this. */
const LETTER_PX = 4;
const PERCENT = 100 / PICTURE_PX;
const PLACES = MOST_PLACE + 1;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** @param {number} value */
const bounded = (value) => Math.min(MOST_PLACE, Math.max(0, Math.round(value)));

/** @param {PatchName} name @param {number} row @param {number} column */
function move(name, row, column) {
  address.change({ [name]: [bounded(row), bounded(column)] });
}

/**
 * @param {HTMLElement} parent
 * @param {readonly PatchName[]} names of the patches that are on it
 */
export function createBoard(parent, names) {
  const canvas = element("canvas", {
    class: "board-picture",
    attributes: { role: "img", "aria-label": "Your picture at 64 × 64" },
  });
  const marks = element("div", { class: "board-marks", attributes: { "aria-hidden": "true" } });
  const sheet = element("div", { class: "board-sheet" }, canvas, marks);
  const fields = element(
    "div",
    { class: "board-fields" },
    element("span", { class: "board-legend", text: "row, column" }),
  );
  parent.append(sheet, fields);
  for (const name of names) addPatch(name);

  /** @param {PatchName} name */
  function addPatch(name) {
    const letter = name.toUpperCase();
    const frame = element(
      "div",
      {
        class: `board-patch is-${name}`,
        attributes: {
          role: "slider",
          tabindex: 0,
          "aria-label": `Patch ${letter}`,
          "aria-valuemin": 0,
          "aria-valuemax": PLACES * PLACES - 1,
        },
        on: { pointerdown: grasp, pointermove: drag, keydown: press },
      },
      element("span", { class: "board-letter", text: letter, attributes: { "aria-hidden": "true" } }),
    );
    const row_field = placeField(`Row of ${letter}`, (value) => move(name, value, address.get()[name][1]));
    const column_field = placeField(`Column of ${letter}`, (value) =>
      move(name, address.get()[name][0], value),
    );
    sheet.append(frame);
    fields.append(
      element(
        "div",
        { class: `board-field is-${name}` },
        element("span", { class: "board-key", text: letter, attributes: { "aria-hidden": "true" } }),
        row_field,
        column_field,
      ),
    );
    /** Where in the patch it is held. */
    let held = { row: 0, column: 0 };

    /** @param {PointerEvent} event */
    function pointed(event) {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return {
        row: ((event.clientY - top) / height) * PICTURE_PX,
        column: ((event.clientX - left) / width) * PICTURE_PX,
      };
    }

    /** @param {PointerEvent} event */
    function grasp(event) {
      if (event.button !== 0) return;
      event.preventDefault(); // of text beside it being selected
      frame.setPointerCapture(event.pointerId);
      frame.focus({ preventScroll: true });
      const at = pointed(event);
      const [row, column] = address.get()[name];
      held = { row: at.row - row, column: at.column - column };
    }

    /** @param {PointerEvent} event */
    function drag(event) {
      if (!frame.hasPointerCapture(event.pointerId)) return;
      const at = pointed(event);
      move(name, at.row - held.row, at.column - held.column);
    }

    /** @param {KeyboardEvent} event */
    function press(event) {
      const [down, right] = ARROWS[event.key] ?? [0, 0];
      if ((down === 0 && right === 0) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault(); // of the page being scrolled
      const far = event.shiftKey ? FAR : 1;
      const [row, column] = address.get()[name];
      move(name, row + far * down, column + far * right);
    }

    watch([name], (now) => {
      const [row, column] = now[name].map(bounded);
      Object.assign(frame.style, {
        top: `${row * PERCENT}%`,
        left: `${column * PERCENT}%`,
        width: `${SIDE * PERCENT}%`,
        height: `${SIDE * PERCENT}%`,
      });
      frame.classList.toggle("is-high", row < LETTER_PX);
      frame.setAttribute("aria-valuenow", String(row * PLACES + column));
      frame.setAttribute("aria-valuetext", `row ${row}, column ${column}`);
      showPlace(row_field, row);
      showPlace(column_field, column);
    });
  }

  return {
    sheet,

    /** @param {Float32Array} picture 3 x 64 x 64 in [0, 1] */
    show(picture) {
      const size = PICTURE_PX * PICTURE_PX;
      paint(canvas, PICTURE_PX, PICTURE_PX, (index) => [
        picture[index],
        picture[size + index],
        picture[2 * size + index],
      ]);
    },

    /** @param {{row: number, column: number, text: string}[]} places to be marked */
    mark(places) {
      marks.replaceChildren(...places.map(markOf));
    },
  };
}

/** @param {{row: number, column: number, text: string}} place */
export function markOf({ row, column, text }) {
  const node = element("span", { class: "board-mark", text });
  Object.assign(node.style, {
    top: `${row * PERCENT}%`,
    left: `${column * PERCENT}%`,
    width: `${SIDE * PERCENT}%`,
    height: `${SIDE * PERCENT}%`,
  });
  return node;
}

/** @param {string} label @param {(value: number) => void} onChange */
function placeField(label, onChange) {
  const field = element("input", {
    class: "number-input figure",
    attributes: { type: "number", min: 0, max: MOST_PLACE, step: 1, "aria-label": label },
    on: {
      input() {
        // Half a number, or one out of bounds, is still being typed.
        if (field.value !== "" && field.validity.valid) onChange(field.valueAsNumber);
      },
      change() {
        if (Number.isFinite(field.valueAsNumber)) onChange(field.valueAsNumber);
        field.value = String(field.dataset.place);
      },
    },
  });
  return field;
}

/** @param {HTMLInputElement} field @param {number} place */
function showPlace(field, place) {
  const is_typed = document.activeElement === field && field.dataset.place === String(place);
  field.dataset.place = String(place);
  if (!is_typed && field.valueAsNumber !== place) field.value = String(place);
}

/** @param {HTMLElement} node @param {number} value @param {string} text */
export function tell(node, value, text) {
  node.dataset.value = String(value);
  setText(node, text);
}
