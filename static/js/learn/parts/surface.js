/** A function of two numbers from above: its heights, paths over it, and a start to be dragged. */

import { element, svg } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { contour } from "./contours.js";

/** @typedef {number[]} Place  Two of them. */
/**
 * @typedef {object} Path
 * @property {string} tone
 * @property {string} name
 * @property {Place[]} places
 * @property {boolean} [is_chosen]
 * @property {boolean} [is_thin] one that goes to and fro so often that it would hide the others
 */
/** @typedef {ReturnType<typeof createSurface>} Surface */

const LEVELS = 14;
const LOW_COLOUR = [28, 140, 146];
const HEAD_PX = 6;
const GRIP_PX = 20;
const ARROW_PX = 46;
// A mark at the border, for who is beyond it.
const MARK = "M-8 -7L6 0L-8 7Z";
// Farther out a line is only a direction, and SVG has its limits.
const FAR_PX = 1e5;
/** @type {Record<string, Place>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.reach it shows -reach to reach, both ways
 * @param {[string, string]} [options.names] of the two numbers
 * @param {number} [options.step] what an arrow key moves the start by
 * @param {(place: Place) => void} [options.onStart] where the start is wanted; it moves when it is
 *   shown there. Without this nothing can be dragged.
 */
export function createSurface(parent, options) {
  const { label, reach, names = ["w₁", "w₂"], step = 0.1, onStart } = options;
  const heat = element("canvas", { class: "surface-heat", attributes: { "aria-hidden": "true" } });
  const unseen = { "aria-hidden": "true" };
  const lines = svg("g", { class: "surface-contours", ...unseen });
  const ticks = svg("g", { class: "surface-ticks", ...unseen });
  const paths = svg("g", { class: "surface-paths", ...unseen });
  const lowest = svg("g", { class: "surface-lowest", ...unseen });
  const heads = svg("g", { class: "surface-heads", ...unseen });
  const arrow = svg("g", { class: "surface-arrow", ...unseen });
  const handle = svg("g", { class: "surface-start" });
  const drawing = svg(
    "svg",
    { class: "surface-lines", role: "group", "aria-label": label },
    ...[lines, ticks, paths, lowest, heads, arrow, handle],
  );
  const node = element("div", { class: "surface" }, heat);
  node.append(drawing);
  parent.append(node);

  let size_px = 0;
  /** @type {number[][]} */
  let grid = [];
  /** @type {Place | null} */
  let lowest_at = null;
  /** @type {Place} */
  let start = [0, 0];
  /** @type {Path[]} */
  let shown = [];
  /** @type {Place | null} */
  let towards = null;

  /** @param {number} value */
  const x = (value) => within(((value + reach) / (2 * reach)) * size_px);
  /** @param {number} value */
  const y = (value) => within(((reach - value) / (2 * reach)) * size_px);

  function drawHeights() {
    if (grid.length === 0) return;
    const highest = Math.max(...grid.flat());
    const last = grid.length - 1;
    const scale = size_px / last;
    // Evenly far apart in a bowl: heights go with the square of the distance.
    lines.replaceChildren(
      ...Array.from({ length: LEVELS }, (_, place) =>
        svg("path", {
          d: contour(grid, highest * ((place + 1) / (LEVELS + 1)) ** 2)
            .map(
              ({ x1, y1, x2, y2 }) =>
                `M${px(x1 * scale)} ${px((last - y1) * scale)}L${px(x2 * scale)} ${px((last - y2) * scale)}`,
            )
            .join(""),
        }),
      ),
    );
    heat.width = heat.height = grid.length;
    const context = heat.getContext("2d");
    if (!context) return;
    // One colour that can be seen on the ground of either theme, the stronger the lower.
    const image = context.createImageData(grid.length, grid.length);
    grid.forEach((row, from_below) => {
      row.forEach((height, column) => {
        const place = ((last - from_below) * grid.length + column) * 4;
        const share = Math.sqrt(Math.max(0, height) / (highest || 1));
        image.data.set([...LOW_COLOUR, 190 * (1 - share)], place);
      });
    });
    context.putImageData(image, 0, 0);
  }

  function drawPaths() {
    // The heads come last: no path hides where another ended.
    paths.replaceChildren(
      ...shown.map(({ tone, name, places, is_chosen = false, is_thin = false }) =>
        svg(
          "g",
          {
            class: `surface-path tone-${tone}${is_chosen ? " is-chosen" : ""}${is_thin ? " is-thin" : ""}`,
            "data-name": name,
          },
          svg("path", {
            d: `M${places.map((each) => `${px(x(each[0]))} ${px(y(each[1]))}`).join("L")}`,
          }),
        ),
      ),
    );
    heads.replaceChildren(
      ...shown.map(({ tone, name, places }) =>
        svg(
          "g",
          { class: `surface-head tone-${tone}`, "data-name": name },
          headAt(places[places.length - 1]),
        ),
      ),
    );
  }

  /** @param {Place} place a dot there, or at the border a mark that points to it */
  function headAt(place) {
    const [to_x, to_y] = [x(place[0]), y(place[1])];
    if (place.every((value) => Math.abs(value) <= reach)) {
      return svg("circle", { cx: px(to_x), cy: px(to_y), r: HEAD_PX });
    }
    const [at_x, at_y] = [to_x, to_y].map((at) => Math.min(size_px - 10, Math.max(10, at)));
    const turn = (Math.atan2(to_y - at_y, to_x - at_x) * 180) / Math.PI;
    return svg("path", {
      class: "surface-left",
      d: MARK,
      transform: `translate(${px(at_x)} ${px(at_y)}) rotate(${px(turn)})`,
    });
  }

  function drawTicks() {
    const marks = Array.from({ length: 2 * Math.floor(reach) - 1 }, (_, place) => place + 1 - reach);
    ticks.replaceChildren(
      ...marks.flatMap((mark) => [
        text(formatShort(mark), x(mark), size_px - 6, "middle"),
        text(formatShort(mark), 6, y(mark) + 4, "start"),
      ]),
      text(names[0], size_px - 6, size_px - 6, "end"),
      text(names[1], 6, 16, "start"),
    );
    const mark = lowest_at && cross(x(lowest_at[0]), y(lowest_at[1]));
    // Twice: the wider one is its edge.
    lowest.replaceChildren(...(mark ? [svg("path", { d: mark }), svg("path", { d: mark })] : []));
  }

  function placeHandle() {
    handle.setAttribute("transform", `translate(${px(x(start[0]))} ${px(y(start[1]))})`);
    handle.setAttribute("aria-valuenow", String(start[0]));
    handle.setAttribute(
      "aria-valuetext",
      `${names[0]} ${formatShort(start[0])}, ${names[1]} ${formatShort(start[1])}`,
    );
    drawArrow();
  }

  function drawArrow() {
    const length = towards ? Math.hypot(...towards) : 0;
    if (!towards || length === 0) {
      arrow.replaceChildren();
      return;
    }
    const turn = (Math.atan2(-towards[1], towards[0]) * 180) / Math.PI;
    const from = HEAD_PX + 6;
    const to = from + ARROW_PX;
    const d = `M${from} 0H${to}M${to - 8} -6L${to} 0L${to - 8} 6`;
    arrow.setAttribute(
      "transform",
      `translate(${px(x(start[0]))} ${px(y(start[1]))}) rotate(${turn.toFixed(2)})`,
    );
    // Twice: the wider one is its edge.
    arrow.replaceChildren(svg("path", { d }), svg("path", { d }));
  }

  if (onStart) {
    handle.append(
      svg("circle", { class: "surface-start-grip", r: GRIP_PX }),
      svg("circle", { class: "surface-start-ring", r: HEAD_PX + 4 }),
    );
    for (const [name, value] of Object.entries({
      role: "slider",
      tabindex: "0",
      "aria-label": `Start of ${label}`,
      "aria-valuemin": String(-reach),
      "aria-valuemax": String(reach),
    })) {
      handle.setAttribute(name, value);
    }
    /** @param {Place} wanted */
    const move = (wanted) => {
      const to = wanted.map((value) => Number(Math.min(reach, Math.max(-reach, value)).toFixed(2)));
      if (to[0] !== start[0] || to[1] !== start[1]) onStart(to);
    };
    /** @param {PointerEvent} event */
    const pointed = (event) => {
      const box = drawing.getBoundingClientRect();
      const across = ((event.clientX - box.left) / box.width) * 2 - 1;
      const down = ((event.clientY - box.top) / box.height) * 2 - 1;
      move([across * reach, -down * reach]);
    };
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      handle.focus();
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) pointed(event);
    });
    drawing.addEventListener("click", pointed);
    handle.addEventListener("keydown", (event) => {
      const [across, up] = ARROWS[event.key] ?? [0, 0];
      if (across === 0 && up === 0) return;
      event.preventDefault();
      const far = step * (event.shiftKey ? 10 : 1);
      move([start[0] + across * far, start[1] + up * far]);
    });
  }

  function draw() {
    drawing.setAttribute("viewBox", `0 0 ${size_px} ${size_px}`);
    drawHeights();
    drawTicks();
    drawPaths();
    placeHandle();
  }

  new ResizeObserver(() => {
    if (node.clientWidth === 0 || node.clientWidth === size_px) return;
    size_px = node.clientWidth;
    draw();
  }).observe(node);

  return {
    node,

    /**
     * @param {number[][]} heights rows from below, from -reach to reach
     * @param {Place | null} at its lowest point
     */
    showHeights(heights, at) {
      grid = heights;
      lowest_at = at;
      if (size_px > 0) draw();
    },

    /**
     * @param {Path[]} drawn each of at least one place; it ends in a dot
     * @param {{is_old?: boolean}} [options] is_old: they answer what was asked before
     */
    showPaths(drawn, { is_old = false } = {}) {
      shown = drawn;
      for (const group of [paths, heads]) group.classList.toggle("is-old", is_old);
      if (size_px > 0) drawPaths();
    },

    /**
     * @param {Place} at
     * @param {Place | null} [direction] of an arrow that begins there, whatever its length
     */
    showStart(at, direction = null) {
      start = at;
      towards = direction;
      placeHandle();
    },
  };
}

/** @param {number} value */
const within = (value) => Math.min(FAR_PX, Math.max(-FAR_PX, value));

/** @param {number} value */
const px = (value) => value.toFixed(1);

/** @param {number} at_x @param {number} at_y */
const cross = (at_x, at_y) =>
  `M${px(at_x - 7)} ${px(at_y)}h14M${px(at_x)} ${px(at_y - 7)}v14`;

/**
 * @param {string} words
 * @param {number} at_x
 * @param {number} at_y
 * @param {"start" | "middle" | "end"} anchor
 */
function text(words, at_x, at_y, anchor) {
  const node = svg("text", { x: px(at_x), y: px(at_y), "text-anchor": anchor });
  node.textContent = words;
  return node;
}
