/** A small plot of lines over one axis, with its numbers in words for who cannot see it. */

import { gridLine, plotLabel } from "./axes.js";
import { element, svg } from "./element.js";
import { formatShort } from "./format.js";

const WIDTH = 320;
const HEIGHT = 168;
const BOTTOM = 24;
const RIGHT = 8;
/** Of the name of the axis that goes up, which stands above it, and the line beneath. */
const TOP = 26;
const NAME_BASE = 11;
/** Of a digit, generously: numbers before the axis are whole. */
const DIGIT = 6.4;
const GAP = 4;

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {(number | null)[]} values one a place on the axis; null leaves a gap
 * @property {string} tone which of the plot's colours: "first", "second", "faint"
 *
 * @param {{title: string, across: string, down: string, places: number[], lines: Line[], low: number,
 *   high: number, labels?: [string, string]}} plot across, down: names of the axes
 *   with their units; labels: of the two ends of that across
 */
export function linePlot({ title, across, down, places, lines, low, high, labels }) {
  const first = places[0];
  const span = (places.at(-1) ?? 1) - first || 1;
  const ticks = low < 0 && high > 0 ? [low, 0, high] : [low, (low + high) / 2, high];
  const left = GAP + DIGIT * Math.max(...ticks.map((value) => formatShort(value).length)) + GAP;
  /** @param {number} place */
  const x = (place) => left + ((place - first) / span) * (WIDTH - left - RIGHT);
  /** @param {number} value */
  const y = (value) => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const drawing = svg("svg", {
    class: "line-plot",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `${title}. ${down}, over ${across}: ${lines
      .map(({ name, values }) => `${name} from ${said(values[0])} to ${said(values.at(-1))}`)
      .join(", ")}`,
  });
  drawing.append(plotLabel(down, 0, NAME_BASE, "start", "line-plot-axis"));
  for (const value of ticks) {
    drawing.append(
      gridLine(left, WIDTH - RIGHT, y(value), "line-plot-grid"),
      plotLabel(formatShort(value), left - GAP, y(value) + 4, "end"),
    );
  }
  const [from, to] = labels ?? [formatShort(first), formatShort(places.at(-1) ?? 0)];
  drawing.append(
    plotLabel(from, left, HEIGHT - 8, "start"),
    plotLabel(across, (left + WIDTH - RIGHT) / 2, HEIGHT - 8, "middle", "line-plot-axis"),
    plotLabel(to, WIDTH - RIGHT, HEIGHT - 8, "end"),
  );
  for (const { values, tone } of lines) {
    let path = "";
    values.forEach((value, place) => {
      if (value === null) return;
      const is_first = path === "" || values[place - 1] === null;
      path += `${is_first ? "M" : "L"}${x(places[place])} ${y(value)}`;
    });
    drawing.append(svg("path", { class: `line-plot-line tone-${tone}`, d: path }));
  }
  const legend = element(
    "figcaption",
    {},
    element("span", { class: "line-plot-title", text: title }),
    ...lines.map(({ name, tone }) =>
      element(
        "span",
        { class: "line-plot-key" },
        element("span", { class: `line-plot-swatch tone-${tone}` }),
        name,
      ),
    ),
  );
  const figure = element("figure", { class: "plot-figure" }, legend);
  figure.append(drawing);
  return figure;
}

/** @param {number | null | undefined} value */
const said = (value) => (value === null || value === undefined ? "none" : formatShort(value));
