/** Bars that are set by hand: dragged, stepped with the keys, or typed. */

import { element } from "../../shared/element.js";
import { readable } from "../../lenses/arithmetic/values.js";

/**
 * @typedef {object} Bars
 * @property {HTMLElement[]} columns one a bar, each a column of `bar-track`, `bar-name` and
 *   `bar-field`; a chapter may put more beneath
 * @property {(values: readonly number[]) => void} show without telling anybody
 */

/** How many steps the keys of a page are worth. */
const PAGE = 10;

/**
 * @param {HTMLElement} parent takes the columns, and lays them out
 * @param {object} options
 * @param {readonly string[]} options.names beneath the bars
 * @param {(name: string) => string} options.label says of each bar what it is
 * @param {readonly number[]} options.values
 * @param {number} [options.low] a bar of 0 has no height, wherever 0 lies
 * @param {number} [options.high]
 * @param {number} [options.step] of dragging and of the arrow keys; what is typed may lie between
 * @param {(value: number) => string} [options.format]
 * @param {boolean} [options.is_across] from left to right instead of upwards
 * @param {number | null} [options.furthest] what may be typed beyond the bar's ends, up to this
 *   magnitude
 * @param {(index: number, value: number) => void} options.onInput while it is being moved; whoever
 *   is told shows it
 * @returns {Bars}
 */
export function createBars(
  parent,
  {
    names,
    label,
    values,
    low = 0,
    high = 1,
    step = 0.01,
    format = readable,
    is_across = false,
    furthest = null,
    onInput,
  },
) {
  const bars = names.map((name, index) =>
    createBar({
      ...{ name, label: label(name), low, high, step, format, is_across, furthest },
      onInput: (value) => onInput(index, value),
    }),
  );
  const columns = bars.map(({ column }) => column);
  parent.append(...columns);

  /** @param {readonly number[]} next */
  function show(next) {
    bars.forEach((bar, index) => bar.show(next[index]));
  }
  show(values);
  return { columns, show };
}

/**
 * @param {{name: string, label: string, low: number, high: number, step: number,
 *   format: (value: number) => string, is_across: boolean, furthest: number | null,
 *   onInput: (value: number) => void}} options
 */
function createBar({ name, label, low, high, step, format, is_across, furthest, onInput }) {
  let value = low;
  const track = element("div", {
    class: is_across ? "bar-track is-across" : "bar-track",
    attributes: {
      role: "slider",
      tabindex: 0,
      "aria-label": label,
      "aria-orientation": is_across ? "horizontal" : "vertical",
      "aria-valuemin": low,
      "aria-valuemax": high,
    },
    on: { pointerdown: grasp, pointermove: drag, keydown: press },
  });
  track.append(element("span", { class: "bar-fill" }), element("span", { class: "bar-grip" }));
  const field = element("input", {
    class: "bar-field number-input figure",
    attributes: {
      type: "number",
      min: furthest === null ? low : -furthest,
      max: furthest ?? high,
      step: "any",
      "aria-label": label,
    },
    on: {
      input() {
        // Half a number, or one out of bounds, is still being typed.
        if (field.value !== "" && field.validity.valid) onInput(field.valueAsNumber);
      },
      change: () => show(value),
      keydown: stepField,
    },
  });

  /** @param {number} next */
  const bounded = (next) => Math.min(high, Math.max(low, next));

  /** @param {number} next the nearest step, without what only its rounding left */
  const stepped = (next) =>
    bounded(Number((Math.round((next - low) / step) * step + low).toPrecision(12)));

  /** @param {PointerEvent} event */
  function grasp(event) {
    if (event.button !== 0) return;
    event.preventDefault(); // of text beside it being selected
    track.setPointerCapture(event.pointerId);
    track.focus({ preventScroll: true });
    drag(event);
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    if (!track.hasPointerCapture(event.pointerId)) return;
    const { left, width, bottom, height } = track.getBoundingClientRect();
    const share = is_across ? (event.clientX - left) / width : (bottom - event.clientY) / height;
    move(stepped(low + share * (high - low)));
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const next = keyed(event.key);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // of the page being scrolled
    move(next);
  }

  /** A field that takes any number steps by 1 of its own. @param {KeyboardEvent} event */
  function stepField(event) {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") press(event);
  }

  /** @param {string} key @returns {number | null} */
  function keyed(key) {
    if (key === "ArrowUp" || key === "ArrowRight") return bounded(value + step);
    if (key === "ArrowDown" || key === "ArrowLeft") return bounded(value - step);
    if (key === "PageUp") return bounded(value + PAGE * step);
    if (key === "PageDown") return bounded(value - PAGE * step);
    if (key === "Home") return low;
    return key === "End" ? high : null;
  }

  /** @param {number} next */
  function move(next) {
    if (next !== value) onInput(Number(next.toPrecision(12)));
  }

  /** @param {number} next @returns {number} percent of the track */
  const heightOf = (next) => (100 * (bounded(next) - low)) / (high - low);

  /** @param {number} next */
  function show(next) {
    value = next;
    const zero = heightOf(0);
    const top = heightOf(value);
    track.style.setProperty("--from", `${Math.min(zero, top)}%`);
    track.style.setProperty("--to", `${Math.max(zero, top)}%`);
    track.style.setProperty("--at", `${top}%`);
    track.dataset.value = String(value);
    track.setAttribute("aria-valuenow", String(bounded(value)));
    track.setAttribute("aria-valuetext", format(value));
    // What is being typed stands as it is typed.
    const is_typed = document.activeElement === field && field.valueAsNumber === value;
    if (!is_typed) field.value = String(Number(value.toPrecision(4)));
  }

  return {
    column: element(
      "div",
      { class: "bar-column" },
      track,
      element("span", { class: "bar-name", text: name, attributes: { "aria-hidden": "true" } }),
      field,
    ),
    show,
  };
}
