/** A pen on a pad, led by a pointer or by keys. */

import { element, setText } from "../shared/element.js";
import { movesOf } from "./ink.js";

/** How far an arrow key moves the pen: a pixel of a 28 x 28 digit; with Shift four. */
const STEPS = 28;
const STRIDE = 4;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** What a pad says to those who do not see it, after its name. */
export const PEN_WORDS = "The arrow keys move the pen, Space puts it down and lifts it.";

/**
 * @param {HTMLCanvasElement} canvas a square that can take the focus, and that stands in the page
 * @param {object} parts
 * @param {(first: import("./ink.js").Point) => import("./ink.js").Stroke} parts.begin makes a stroke,
 *   to which the points that follow are added
 * @param {() => void} parts.changed
 * @returns {{lift: () => void}}
 */
export function createPen(canvas, { begin, changed }) {
  /** @type {import("./ink.js").Stroke | null} */
  let current = null;
  /** Where the keys have led it. @type {import("./ink.js").Point} */
  const at = { x: canvas.width / 2, y: canvas.height / 2 };
  let is_down = false;
  /** Who draws with a pointer sees where it is. */
  let by_keys = false;
  /** The finger or pen that draws: each that touches captures the pad. */
  let drawn_by = 0;

  const tip = element("span", { class: "pen-tip", attributes: { hidden: true } });
  const said = element("span", { class: "pen-said", attributes: { hidden: true, role: "status" } });
  canvas.after(tip, said);

  /** @param {PointerEvent} event */
  function pointAt(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * canvas.width,
      y: ((event.clientY - box.top) / box.height) * canvas.height,
    };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (current && !is_down)) return;
    event.preventDefault();
    by_keys = false;
    lift();
    canvas.setPointerCapture(event.pointerId);
    drawn_by = event.pointerId;
    current = begin(pointAt(event));
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || is_down || event.pointerId !== drawn_by) return;
    current.points.push(...movesOf(event).map(pointAt));
    changed();
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(type, (event) => {
      // Another finger that leaves ends no line.
      if (!is_down && event.pointerId === drawn_by) current = null;
    });
  }

  function lift() {
    is_down = false;
    current = null;
    show();
  }

  function show() {
    const is_led = document.activeElement === canvas && by_keys;
    tip.hidden = said.hidden = !is_led;
    if (!is_led) return;
    const { offsetLeft: left, offsetTop: top, offsetWidth: width, offsetHeight: height } = canvas;
    tip.classList.toggle("is-down", is_down);
    tip.style.left = `${left + (at.x / canvas.width) * width}px`;
    tip.style.top = `${top + (at.y / canvas.height) * height}px`;
    said.style.left = `${left}px`;
    said.style.width = `${width}px`;
    // At the edge that the pen is away from: it must see where it goes.
    said.style.top = `${at.y > canvas.height / 2 ? top : top + height}px`;
    said.classList.toggle("is-above", at.y <= canvas.height / 2);
    const [row, column] = [at.y, at.x].map((length) => Math.floor((length / canvas.width) * STEPS));
    const what = is_down ? "Pen down, Space lifts it" : "Pen up, Space puts it down";
    setText(said, `${what}; row ${row}, column ${column} of ${STEPS}`);
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const is_toggle = event.key === " " || event.key === "Enter";
    if (!arrow && !is_toggle && !(event.key === "Escape" && is_down)) return;
    // The page's own arrows walk the unit, and Escape would close the pad.
    event.preventDefault();
    event.stopPropagation();
    by_keys = true;
    if (!arrow) {
      if (is_down) lift();
      else if (!current) {
        is_down = true;
        current = begin({ ...at });
        changed();
      }
    } else {
      const step = (canvas.width / STEPS) * (event.shiftKey ? STRIDE : 1);
      at.x = Math.min(Math.max(at.x + arrow[0] * step, 0), canvas.width - 1);
      at.y = Math.min(Math.max(at.y + arrow[1] * step, 0), canvas.height - 1);
      if (is_down && current) {
        current.points.push({ ...at });
        changed();
      }
    }
    show();
  }
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("focus", () => {
    by_keys = canvas.matches(":focus-visible");
    show();
  });
  canvas.addEventListener("blur", lift);
  new ResizeObserver(show).observe(canvas);

  return { lift };
}
