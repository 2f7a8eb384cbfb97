/** Field size against depth: one line a network. */

import { gridLine, linearTicks, plotLabel } from "../../shared/axes.js";
import { element, svg } from "../../shared/element.js";

/** @typedef {import("../../types.js").Layer} Layer */
/** @typedef {{layer: Layer, index: number, size: number, is_trunk: boolean}} Point */

const MARGIN = { left: 56, right: 16, top: 12, bottom: 40 };
const HEIGHT_PX = 380;
const TICKS = 6;
/** Told apart by the colour-blind too (Okabe and Ito), and by their order in the legend. */
export const COLOURS = 8;

/**
 * @param {import("../../types.js").ModelDetail} model
 * @returns {Point[]} the layers that have a field of their own
 */
export function pointsOf({ layers }) {
  return layers.flatMap((layer, index) => {
    const { size, of } = layer.receptive_field;
    return size ? [{ layer, index, size: size.height, is_trunk: of === "trunk" }] : [];
  });
}

/** @param {number} largest @returns {number[]} powers of two up to it */
function logTicks(largest) {
  const count = Math.floor(Math.log2(largest)) + 1;
  return Array.from({ length: count }, (_, place) => 2 ** place);
}

/**
 * @param {HTMLElement} parent
 * @param {{networks: import("./networks.js").Networks, address: import("./address.js").Address}}
 *   parts
 */
export function createPlot(parent, { networks, address }) {
  const drawing = svg("svg", {
    class: "plot",
    role: "img",
    "aria-label": "Receptive field size of every layer; the table below has the numbers",
  });
  const tip = element("div", { class: "plot-tip", attributes: { hidden: true } });
  parent.append(drawing, tip);

  /** @type {{x: number, y: number, text: string, href: string}[]} */
  let targets = [];

  function draw() {
    const { shown } = networks.get();
    const width = parent.clientWidth;
    if (width === 0) return;
    const lines = shown.map((model) => ({ model, points: pointsOf(model) }));
    const deepest = Math.max(10, ...shown.map(({ layers }) => layers.length));
    const largest = Math.max(8, ...lines.flatMap(({ points }) => points.map(({ size }) => size)));
    const is_log = address.get().axis === "log";
    /** @param {number} index */
    const x = (index) => MARGIN.left + (index / deepest) * (width - MARGIN.left - MARGIN.right);
    /** @param {number} size */
    const y = (size) => {
      const share = is_log ? Math.log2(size) / Math.log2(largest) : size / largest;
      return HEIGHT_PX - MARGIN.bottom - share * (HEIGHT_PX - MARGIN.top - MARGIN.bottom);
    };
    drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT_PX}`);
    drawing.setAttribute("height", String(HEIGHT_PX));
    drawing.replaceChildren(
      ...axes(width, is_log ? logTicks(largest) : linearTicks(largest, TICKS), y),
      ...depthTicks(deepest, x),
      ...lines.flatMap(({ points }, place) => lineOf(points, place, x, y)),
    );
    targets = lines.flatMap(({ model, points }) =>
      points.map(({ layer, index, size, is_trunk }) => ({
        x: x(index),
        y: y(size),
        text: `${model.title} · ${layer.id}: ${size} px, stride ${
          layer.receptive_field.stride?.height
        }${is_trunk ? " (of the trunk)" : ""}`,
        href: `./?model=${encodeURIComponent(model.id)}&layer=${encodeURIComponent(layer.id)}`,
      })),
    );
  }

  /** @param {number} width @param {number[]} ticks @param {(size: number) => number} y */
  function axes(width, ticks, y) {
    return [
      ...ticks.flatMap((tick) => [
        gridLine(MARGIN.left, width - MARGIN.right, y(tick)),
        plotLabel(String(tick), MARGIN.left - 8, y(tick) + 4, "end"),
      ]),
      plotLabel("pixels", MARGIN.left + 6, MARGIN.top + 2, "start"),
    ];
  }

  /** @param {number} deepest @param {(index: number) => number} x */
  function depthTicks(deepest, x) {
    const bottom = HEIGHT_PX - MARGIN.bottom;
    return [
      ...linearTicks(deepest, TICKS).map((tick) => plotLabel(String(tick), x(tick), bottom + 18, "middle")),
      plotLabel("layer, in order of execution", x(deepest), bottom + 34, "end"),
    ];
  }

  /**
   * @param {Point[]} points
   * @param {number} place
   * @param {(index: number) => number} x
   * @param {(size: number) => number} y
   */
  function lineOf(points, place, x, y) {
    return [false, true].flatMap((is_trunk) => {
      const first = points.findIndex((point) => point.is_trunk);
      const split = first < 0 ? points.length : first;
      const part = is_trunk ? points.slice(Math.max(0, split - 1)) : points.slice(0, split);
      if (part.length < 2) return [];
      const path = part.map(({ index, size }) => `${x(index)} ${y(size)}`).join("L");
      const dashed = is_trunk ? " is-trunk" : "";
      return [svg("path", { class: `plot-line colour-${place % COLOURS}${dashed}`, d: `M${path}` })];
    });
  }

  /** @param {MouseEvent} event */
  function nearest(event) {
    const box = drawing.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    let best = null;
    let least = 30 ** 2;
    for (const target of targets) {
      const distance = (target.x - x) ** 2 + (target.y - y) ** 2;
      if (distance < least) [best, least] = [target, distance];
    }
    return best;
  }
  drawing.addEventListener("pointermove", (event) => {
    const target = nearest(event);
    tip.hidden = target === null;
    drawing.classList.toggle("is-over", target !== null);
    if (!target) return;
    tip.textContent = target.text;
    tip.style.left = `${Math.min(target.x, parent.clientWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${target.y}px`;
  });
  drawing.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  drawing.addEventListener("click", (event) => {
    const target = nearest(event);
    if (target) window.location.assign(target.href);
  });

  new ResizeObserver(draw).observe(parent);
  networks.subscribe(draw);
  address.subscribe(draw);
  draw();
}
