/** A small plot of lines over one axis, with its numbers in words for who cannot see it. */

import { gridLine, plotLabel } from "./axes.js";
import { element, svg } from "./element.js";
import { formatShort } from "./format.js";

const WIDTH = 320;
const HEIGHT = 150;
const LEFT = 34;
const BOTTOM = 24;
const TOP = 8;
const RIGHT = 8;

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {(number | null)[]} values one a place on the axis; null leaves a gap
 * @property {string} tone which of the plot's colours: "first", "second", "faint"
 *
 * @param {{title: string, across: string, places: number[], lines: Line[], low: number,
 *   high: number, labels?: [string, string]}} plot labels: of the axis' two ends
 */
export function linePlot({ title, across, places, lines, low, high, labels }) {
  const first = places[0];
  const span = (places.at(-1) ?? 1) - first || 1;
  /** @param {number} place */
  const x = (place) => LEFT + ((place - first) / span) * (WIDTH - LEFT - RIGHT);
  /** @param {number} value */
  const y = (value) => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const drawing = svg("svg", {
    class: "line-plot",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `${title}: ${lines
      .map(({ name, values }) => `${name} from ${said(values[0])} to ${said(values.at(-1))}`)
      .join(", ")}`,
  });
  for (const value of low < 0 ? [low, 0, high] : [low, high]) {
    drawing.append(
      gridLine(LEFT, WIDTH - RIGHT, y(value), "line-plot-grid"),
      plotLabel(formatShort(value), LEFT - 4, y(value) + 4, "end"),
    );
  }
  const [from, to] = labels ?? [formatShort(first), formatShort(places.at(-1) ?? 0)];
  drawing.append(
    plotLabel(from, LEFT, HEIGHT - 8, "start"),
    plotLabel(across, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "middle"),
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
