/** A plot with axes that fits its place: curves, marks, and points that can be dragged. */

import { gridLine, plotLabel } from "../../shared/axes.js";
import { element, svg } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { onWidth } from "../../shared/on_width.js";
import { logScale, linearScale, ticksOf } from "./scales.js";

/** @typedef {import("./scales.js").Axis} Axis */
/** @typedef {import("./scales.js").Scale} Scale */

/**
 * @typedef {object} Curve
 * @property {string} name in the legend; empty for none
 * @property {string} tone of the style sheet: "first", "second" ... "sixth", "faint"
 * @property {(number | null)[][]} points x and y; null leaves a gap
 * @property {boolean} [dashed]
 */

/** @typedef {{x: Scale, y: Scale, width: number, height: number}} Scales from numbers to px */

/**
 * @typedef {object} DraggedPoint
 * @property {(x: number, y: number) => void} show puts it there without telling anybody
 * @property {(is_shown: boolean) => void} setShown
 * @property {SVGGElement} node
 */

const MARGIN = { left: 44, right: 12, top: 12, bottom: 36 };
const NAMED_TOP_PX = 30;
const RADIUS_PX = 7;
const EDGE_PX = 5;
const GRIP_PX = 20;
let plots = 0;

/**
 * @param {HTMLElement} parent
 * @param {{title: string, x: Axis, y: Axis, aspect?: number, highest_px?: number,
 *   is_named_above?: boolean}} options
 *   aspect: height of the curves' area by its width; 1 shows a square of the plane as one;
 *   is_named_above: the name of y stands above the area, where curves run along its upper edge
 */
export function createPlot(parent, { title, x, y, aspect = 0.6, highest_px = 420, is_named_above = false }) {
  const top_px = is_named_above ? NAMED_TOP_PX : MARGIN.top;
  plots += 1;
  const clip = `plot-clip-${plots}`;
  // With what a line along an edge, or a dot on one, takes beyond it.
  const area = svg("rect", { x: MARGIN.left - EDGE_PX, y: top_px - EDGE_PX });
  const grid = svg("g", { "aria-hidden": "true" });
  const lines = svg("g", { "clip-path": `url(#${clip})`, "aria-hidden": "true" });
  const marks = svg("g", { "clip-path": `url(#${clip})`, "aria-hidden": "true" });
  const points = svg("g");
  const drawing = svg(
    "svg",
    { class: "learn-plot", role: "group", "aria-label": title },
    svg("defs", {}, svg("clipPath", { id: clip }, area)),
    ...[grid, lines, marks, points],
  );
  const legend = element("figcaption", { class: "learn-plot-legend" });
  const figure = element("figure", { class: "learn-plot-figure" }, drawing, legend);
  parent.append(figure);

  let axes = { x, y };
  /** @type {Curve[]} */
  let curves = [];
  /** @type {(scales: Scales) => Node[]} */
  let drawMarks = () => [];
  /** @type {(() => void)[]} */
  const placers = [];
  let scales = scalesOf(480);

  /** @param {number} width @returns {Scales} */
  function scalesOf(width) {
    const inner_px = Math.round((width - MARGIN.left - MARGIN.right) * aspect);
    const height = Math.min(highest_px, Math.max(140, inner_px + top_px + MARGIN.bottom));
    return {
      x: (axes.x.is_log ? logScale : linearScale)(axes.x, MARGIN.left, width - MARGIN.right),
      y: (axes.y.is_log ? logScale : linearScale)(axes.y, height - MARGIN.bottom, top_px),
      width,
      height,
    };
  }

  function drawGrid() {
    const { width, height } = scales;
    const bottom = height - MARGIN.bottom;
    const nodes = ticksOf(axes.y).flatMap((tick) => [
      gridLine(MARGIN.left, width - MARGIN.right, scales.y.to(tick)),
      plotLabel(formatShort(tick), MARGIN.left - 6, scales.y.to(tick) + 4, "end"),
    ]);
    for (const tick of ticksOf(axes.x)) {
      const at = scales.x.to(tick);
      nodes.push(
        svg("path", { class: "plot-grid", d: `M${at} ${top_px}V${bottom}` }),
        plotLabel(formatShort(tick), at, bottom + 16, "middle"),
      );
    }
    const zero = axes.y.is_log || axes.y.low > 0 || axes.y.high < 0 ? [] : [scales.y.to(0)];
    grid.replaceChildren(
      ...nodes,
      ...zero.map((at) => gridLine(MARGIN.left, width - MARGIN.right, at, "learn-plot-axis")),
      plotLabel(axes.x.label, width - MARGIN.right, height - 4, "end", "plot-label plot-name"),
      is_named_above
        ? plotLabel(axes.y.label, 0, top_px - 12, "start", "plot-label plot-name")
        : plotLabel(axes.y.label, MARGIN.left + 6, top_px + 11, "start", "plot-label plot-name"),
    );
  }

  function drawCurves() {
    lines.replaceChildren(
      ...curves.map(({ tone, points: through, dashed }) =>
        svg("path", {
          class: `learn-curve tone-${tone}${dashed ? " is-dashed" : ""}`,
          d: pathThrough(through, scales),
        }),
      ),
    );
    marks.replaceChildren(...drawMarks(scales));
  }

  function draw() {
    const { width, height } = scales;
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("height", String(height));
    area.setAttribute("width", String(Math.max(0, width - MARGIN.left - MARGIN.right) + 2 * EDGE_PX));
    area.setAttribute("height", String(height - top_px - MARGIN.bottom + 2 * EDGE_PX));
    drawGrid();
    drawCurves();
    for (const place of placers) place();
  }

  onWidth(figure, (width) => {
    scales = scalesOf(width);
    draw();
  });

  return {
    node: figure,

    /** @param {{x?: Axis, y?: Axis}} changed */
    setAxes(changed) {
      axes = { ...axes, ...changed };
      scales = scalesOf(scales.width);
      draw();
    },

    /** @param {Curve[]} shown */
    showCurves(shown) {
      const names = (/** @type {Curve[]} */ some) => some.map(({ name, tone }) => name + tone).join();
      if (names(shown) !== names(curves)) legend.replaceChildren(...legendOf(shown));
      curves = shown;
      drawCurves();
    },

    /** @param {(scales: Scales) => Node[]} drawn nodes over the curves, drawn anew at every size */
    showMarks(drawn) {
      drawMarks = drawn;
      drawCurves();
    },

    /**
     * A point to be dragged, or moved with the arrow keys (with Shift ten times as far).
     *
     * @param {object} options
     * @param {string} options.label
     * @param {"x" | "y" | "both"} [options.moves]
     * @param {string} [options.tone]
     * @param {{x?: number, y?: number}} options.step it lies on multiples of these
     * @param {(x: number, y: number) => void} options.onMove with where it is wanted; it moves when
     *   it is shown there
     * @returns {DraggedPoint}
     */
    addPoint({ label, moves = "both", tone = "first", step, onMove }) {
      let at = { x: axes.x.low, y: axes.y.low };
      const named = moves === "y" ? "y" : "x";
      const node = svg(
        "g",
        { class: `learn-point tone-${tone} moves-${moves}`, role: "slider", tabindex: 0, "aria-label": label },
        svg("circle", { class: "learn-point-grip", r: GRIP_PX }),
        svg("circle", { class: "learn-point-dot", r: RADIUS_PX }),
      );
      points.append(node);

      function place() {
        node.setAttribute("transform", `translate(${scales.x.to(at.x)} ${scales.y.to(at.y)})`);
        node.setAttribute("aria-valuemin", String(axes[named].low));
        node.setAttribute("aria-valuemax", String(axes[named].high));
        node.setAttribute("aria-valuenow", String(at[named]));
        node.setAttribute("aria-valuetext", `${formatShort(at.x)}, ${formatShort(at.y)}`);
      }

      /** @param {{x: number, y: number}} wanted */
      function move(wanted) {
        const next = {
          x: moves === "y" ? at.x : onStep(wanted.x, axes.x, step.x),
          y: moves === "x" ? at.y : onStep(wanted.y, axes.y, step.y),
        };
        if (next.x !== at.x || next.y !== at.y) onMove(next.x, next.y);
      }

      node.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        node.setPointerCapture(event.pointerId);
        node.focus();
      });
      node.addEventListener("pointermove", (event) => {
        if (!node.hasPointerCapture(event.pointerId)) return;
        const box = drawing.getBoundingClientRect();
        move({
          x: scales.x.from(event.clientX - box.left),
          y: scales.y.from(event.clientY - box.top),
        });
      });
      node.addEventListener("keydown", (event) => {
        const far = event.shiftKey ? 10 : 1;
        const [across, down] = ARROWS[event.key] ?? [0, 0];
        if (across === 0 && down === 0) return;
        event.preventDefault();
        // Along a single axis all four arrows count.
        const along = across || down;
        move({
          x: at.x + far * (step.x ?? 0) * (moves === "x" ? along : across),
          y: at.y + far * (step.y ?? 0) * (moves === "y" ? along : down),
        });
      });
      placers.push(place);
      place();
      return {
        node,
        show(to_x, to_y) {
          at = { x: to_x, y: to_y };
          place();
        },
        setShown: (is_shown) => node.toggleAttribute("hidden", !is_shown),
      };
    },
  };
}

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** @param {number} value @param {Axis} axis @param {number} [step] */
function onStep(value, { low, high }, step) {
  const within = Math.min(high, Math.max(low, value));
  return step ? Number((Math.round(within / step) * step).toPrecision(12)) : within;
}

/** @param {(number | null)[][]} points @param {Scales} scales */
function pathThrough(points, scales) {
  let path = "";
  let is_begun = false;
  for (const [x, y] of points) {
    const is_there = x !== null && y !== null && Number.isFinite(scales.y.to(y));
    if (is_there) {
      path += `${is_begun ? "L" : "M"}${scales.x.to(x).toFixed(1)} ${scales.y.to(y).toFixed(1)}`;
    }
    is_begun = is_there;
  }
  return path;
}

/** @param {Curve[]} curves */
const legendOf = (curves) =>
  curves
    .filter(({ name }) => name)
    .map(({ name, tone, dashed }) =>
      element(
        "span",
        { class: "learn-plot-key" },
        element("span", { class: `learn-plot-swatch tone-${tone}${dashed ? " is-dashed" : ""}` }),
        name,
      ),
    );
