/** One plot: lines over the steps or epochs of a run, or of two. */

import { gridLine, linearTicks, plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";

/** @typedef {(value: number) => number} Place */

/**
 * @typedef {object} Line
 * @property {string} class
 * @property {[number, number][]} places across and up, in the units of the axes
 * @property {boolean} [has_dots]
 */

/**
 * @typedef {object} Content
 * @property {Line[]} lines
 * @property {{value: number, class: string}[]} levels lines straight across
 * @property {number} largest_x
 * @property {string} x_title
 * @property {"linear" | "log" | "share"} scale
 * @property {number} [no_values] what an empty plot spans
 * @property {number[]} marks on the axis
 * @property {number | null} chosen of the marks
 */

export const MARGIN = { left: 46, right: 14, top: 10, bottom: 34 };
export const HEIGHT_PX = 180;
// Below it a logarithm says more of the last batch than of the network.
const LEAST = 1e-3;

/** @param {number} least @param {number} largest @returns {number[]} 1, 2, 5, 10, … between them */
function logTicks(least, largest) {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(largest));
  const powers = Array.from({ length: last - first + 1 }, (_, place) => 10 ** (first + place));
  // Over many decades their beginnings are enough.
  const parts = last - first > 2 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => parts.map((part) => part * power))
    .filter((tick) => tick >= least * (1 - 1e-9) && tick <= largest * (1 + 1e-9));
}

/** @param {Content} content @returns {{down: Place, ticks: number[]}} */
function scaleOf({ lines, levels, scale, no_values = 1 }) {
  const bottom = HEIGHT_PX - MARGIN.bottom;
  const height = bottom - MARGIN.top;
  if (scale === "share") {
    return { down: (value) => bottom - value * height, ticks: [0, 0.25, 0.5, 0.75, 1] };
  }
  const values = lines.flatMap(({ places }) => places.map(([, value]) => value));
  const all = [...values, ...levels.map(({ value }) => value)];
  const largest = all.reduce((most, value) => Math.max(most, value), values.length > 0 ? 0.1 : no_values);
  if (scale === "linear") {
    return { down: (value) => bottom - (value / largest) * height, ticks: linearTicks(largest) };
  }
  const smallest = all.reduce((least, value) => Math.min(least, value), largest);
  const least = Math.min(Math.max(smallest, LEAST), largest / 10);
  const span = Math.log(largest / least);
  return {
    down: (value) => bottom - (Math.log(Math.max(value, least) / least) / span) * height,
    ticks: logTicks(least, largest),
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} title
 */
export function createCurve(parent, title) {
  const drawing = svg("svg", { class: "plot train-plot", role: "img", "aria-label": title });
  parent.append(drawing);

  /** @param {number} largest_x */
  function acrossOf(largest_x) {
    const width = parent.clientWidth - MARGIN.left - MARGIN.right;
    return /** @type {Place} */ ((x) => MARGIN.left + (x / largest_x) * width);
  }

  /** @param {Content} content */
  function draw(content) {
    const width = parent.clientWidth;
    if (width === 0) return;
    const { lines, levels, largest_x, x_title, scale, marks, chosen } = content;
    const across = acrossOf(largest_x);
    const { down, ticks } = scaleOf(content);
    const bottom = HEIGHT_PX - MARGIN.bottom;
    /** @type {Node[]} */
    const nodes = [];
    for (const tick of ticks) {
      const text = scale === "share" ? `${tick * 100}` : String(Number(tick.toPrecision(3)));
      nodes.push(
        gridLine(MARGIN.left, width - MARGIN.right, down(tick)),
        plotLabel(text, MARGIN.left - 6, down(tick) + 4, "end"),
      );
    }
    for (const tick of linearTicks(largest_x)) {
      const text = Number.isInteger(tick) ? formatInteger(tick) : String(Number(tick.toPrecision(3)));
      nodes.push(plotLabel(text, across(tick), bottom + 15, "middle"));
    }
    nodes.push(plotLabel(x_title, width - MARGIN.right, HEIGHT_PX - 4, "end"));
    for (const mark of marks) {
      const x = across(mark);
      nodes.push(svg("path", { class: "train-kept", d: `M${x} ${bottom - 4}V${bottom + 4}` }));
    }
    for (const { value, class: name } of levels) {
      nodes.push(gridLine(MARGIN.left, width - MARGIN.right, down(value), name));
    }
    for (const line of lines) nodes.push(...curveOf(line, across, down));
    if (chosen !== null) {
      const x = across(chosen);
      nodes.push(svg("path", { class: "train-chosen", d: `M${x} ${MARGIN.top}V${bottom}` }));
    }
    drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT_PX}`);
    drawing.setAttribute("height", String(HEIGHT_PX));
    drawing.replaceChildren(...nodes);
  }

  /** @param {Line} line @param {Place} across @param {Place} down @returns {Node[]} */
  function curveOf({ places, class: name, has_dots = false }, across, down) {
    const points = places.map(([x, y]) => [across(x).toFixed(1), down(y).toFixed(1)]);
    const texts = points.map((point) => point.join(" "));
    // A single point shows as a dot, by its round end.
    const d = texts.length === 1 ? `M${texts[0]}L${texts[0]}` : `M${texts.join("L")}`;
    const path = svg("path", { class: `train-curve ${name}`, d: texts.length > 0 ? d : "M0 0" });
    // Of many epochs the line alone is told apart.
    const dots = has_dots && points.length <= 40 ? points : [];
    return [path, ...dots.map(([cx, cy]) => svg("circle", { class: `train-dot ${name}`, cx, cy, r: 2.5 }))];
  }

  /** @param {PointerEvent | MouseEvent} event @param {number} largest_x */
  function under(event, largest_x) {
    const width = parent.clientWidth - MARGIN.left - MARGIN.right;
    const x = event.clientX - drawing.getBoundingClientRect().left - MARGIN.left;
    return (x / width) * largest_x;
  }
  return { draw, drawing, under };
}
