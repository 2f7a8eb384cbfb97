/** The edges of a drawn graph, with what goes forward and what comes back. */

import { svg } from "../../shared/element.js";

/** @typedef {import("./graph_view.js").GraphEdgeShown} GraphEdgeShown */
/** @typedef {import("./graph_view.js").GraphShown} GraphShown */
/** @typedef {{path: SVGElement, labels: SVGElement}} Line */

// Where on an edge its labels stand: far from where it parts from others, and from where they meet.
const LABEL_AT = { meeting: 0.36, free: 0.5, parting: 0.6 };
// Of the labels, as css/learn/graph.css has them: figures of one width.
const SIZES = {
  label: { character: 8.5, line: 15 },
  working: { character: 6.7, line: 13 },
};
const ABOVE = -7;
const BELOW = 16;
const SAMPLES = 24;

/** @param {Record<string, string | number> | undefined} data */
export const dataAttributes = (data) =>
  Object.fromEntries(Object.entries(data ?? {}).map(([name, value]) => [`data-${name}`, value]));

/**
 * @param {string} content
 * @param {number} x
 * @param {number} y
 * @param {string} name
 * @param {"start" | "middle" | "end"} anchor
 */
export function text(content, x, y, name, anchor) {
  const node = svg("text", { class: name, x, y, "text-anchor": anchor });
  node.textContent = content;
  return node;
}

/**
 * @param {GraphEdgeShown} edge
 * @param {GraphShown} graph
 * @returns {{label_at: number, is_fork: boolean}} is_fork: its source has other ways out
 */
export function labelPlace({ source, target }, { edges }) {
  const is_fork = edges.some((edge) => edge.source === source && edge.target !== target);
  const meets = edges.some((edge) => edge.target === target && edge.source !== source);
  const label_at =
    is_fork === meets ? LABEL_AT.free : is_fork ? LABEL_AT.parting : LABEL_AT.meeting;
  return { label_at, is_fork };
}

/**
 * @param {GraphEdgeShown} edge
 * @param {[number, number][]} way
 * @param {{bow: number, is_down: boolean, label_at: number, is_fork: boolean}} how
 * @returns {Line}
 */
export function edgeLine(edge, way, { bow, is_down, label_at, is_fork }) {
  const parts = way.slice(1).map((to, place) => {
    const from = way[place];
    const half = is_down ? (from[1] + to[1]) / 2 : (from[0] + to[0]) / 2;
    return is_down
      ? [from, [from[0] + bow, half], [to[0] + bow, half], to]
      : [from, [half, from[1] + bow], [half, to[1] + bow], to];
  });
  const curves = parts.map(
    ([, one, other, to]) => `C${one.join(" ")} ${other.join(" ")} ${to.join(" ")}`,
  );
  // Labels stand outside of where edges part or meet.
  const across = is_down ? 0 : 1;
  const lean = bow || (is_fork ? 1 : -1) * (way[1][across] - way[0][across]);
  const [first] = parts;
  return line(edge, `M${way[0].join(" ")}${curves.join("")}`, {
    is_down,
    middle: onCurve(first, is_down ? LABEL_AT.free : label_at),
    points: Array.from({ length: SAMPLES + 1 }, (_, place) => onCurve(first, place / SAMPLES)),
    side: Math.abs(lean) > 8 ? Math.sign(lean) : 0,
    name: `${edge.source}>${edge.target}`,
  });
}

/** @param {GraphShown} graph @param {[number, number]} end @param {boolean} is_down @returns {Line} */
export function endLine(graph, [x, y], is_down) {
  const edge = { source: "", target: "", value: graph.end_value, gradient: graph.end_gradient };
  const path = `M${x} ${y}${is_down ? "v54" : "h104"}`;
  const is_nothing = !graph.end_value && !graph.end_gradient;
  const middle = is_down ? [x, y + 40] : [x + 68, y];
  return line(edge, is_nothing ? "" : path, { is_down, middle, points: [middle], side: 0, name: "end" });
}

/** @param {number[][]} points of a cubic @param {number} t @returns {number[]} */
function onCurve(points, t) {
  const weights = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
  return [0, 1].map((axis) =>
    weights.reduce((sum, weight, place) => sum + weight * points[place][axis], 0),
  );
}

/**
 * @typedef {object} LinePlace
 * @property {boolean} is_down
 * @property {number[]} middle where its labels stand
 * @property {number[][]} points of the line there
 * @property {number} side of all labels: -1 above or to the left, 1 beneath or to the right; with 0
 *   the value stands on the one and the gradient on the other
 * @property {string} name
 *
 * @param {GraphEdgeShown} edge
 * @param {string} d
 * @param {LinePlace} place
 * @returns {Line}
 */
function line(edge, d, { is_down, middle, points, side, name }) {
  const classes = `graph-edge${edge.is_active ? " is-active" : ""}${edge.gradient ? " has-gradient" : ""}`;
  const path = svg("path", { class: classes, "data-edge": name, ...dataAttributes(edge.data) });
  if (d) path.setAttribute("d", d);
  const labels = svg("g", { class: "graph-labels", "aria-hidden": "true" });
  const value = { content: edge.value ?? "", name: "graph-value", ...SIZES.label };
  const gradient = { content: edge.gradient ?? "", name: "graph-gradient", ...SIZES.label };
  const working = { content: edge.working ?? "", name: "graph-gradient is-working", ...SIZES.working };
  if (is_down) {
    const shown = [value, gradient].filter(({ content }) => content);
    for (const label of shown) labels.append(beside(label, shown.length));
  } else if (side === 0) {
    labels.append(...stacked([value], -1), ...stacked([gradient, working], 1));
  } else {
    labels.append(...stacked([value, gradient, working], side));
  }
  return { path, labels };

  /**
   * @param {typeof value} label
   * @param {number} count of labels
   */
  function beside({ content, name: class_name, line: height }, count) {
    const own_side = class_name === value.name ? -1 : 1;
    const where = side || own_side;
    const y = middle[1] + (side && count > 1 ? (own_side * height) / 2 : 0);
    const near = points.filter(([, at]) => Math.abs(at - y) <= height / 2).map(([x]) => where * x);
    const x = where * Math.max(where * middle[0], ...near) + where * 7;
    return text(content, x, y + 4, class_name, where < 0 ? "end" : "start");
  }

  /**
   * One under the other, clear of the line even where it is steep.
   *
   * @param {(typeof value)[]} all
   * @param {number} where -1 above, 1 beneath
   */
  function stacked(all, where) {
    const shown = all.filter(({ content }) => content);
    const half = Math.max(0, ...shown.map(({ content, character }) => (content.length * character) / 2));
    const near = points.filter(([x]) => Math.abs(x - middle[0]) <= half).map(([, y]) => y);
    const heights = shown.map((label) => label.line);
    // Of what stands above, the last one is nearest to the line.
    let y =
      where < 0
        ? Math.min(middle[1], ...near) + ABOVE - heights.slice(1).reduce((sum, height) => sum + height, 0)
        : Math.max(middle[1], ...near) + BELOW;
    return shown.map(({ content, name: class_name }, place) => {
      if (place > 0) y += heights[place];
      return text(content, middle[0], y, class_name, "middle");
    });
  }
}
