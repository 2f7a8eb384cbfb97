/** The edges of a drawn graph, with what goes forward and what comes back. */

import { svg } from "../../shared/element.js";

/** @typedef {import("./graph_view.js").GraphEdgeShown} GraphEdgeShown */
/** @typedef {import("./graph_view.js").GraphShown} GraphShown */
/** @typedef {{path: SVGElement, labels: SVGElement}} Line */

// Where on an edge its labels stand: far from where it parts from others, and from where they meet.
const LABEL_AT = { meeting: 0.36, free: 0.5, parting: 0.6 };

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
  const rises = !is_down && !edge.value && way[1][1] + bow < way[0][1];
  // Downwards, labels stand outside of where edges part or meet.
  const lean = bow || (is_fork ? 1 : -1) * (way[1][0] - way[0][0]);
  const side = is_down && Math.abs(lean) > 8 ? Math.sign(lean) : 0;
  return line(edge, `M${way[0].join(" ")}${curves.join("")}`, onCurve(parts[0], is_down ? LABEL_AT.free : label_at), {
    is_down,
    rises,
    side,
    name: `${edge.source}>${edge.target}`,
  });
}

/** @param {GraphShown} graph @param {[number, number]} end @param {boolean} is_down @returns {Line} */
export function endLine(graph, [x, y], is_down) {
  const edge = { source: "", target: "", value: graph.end_value, gradient: graph.end_gradient };
  const path = `M${x} ${y}${is_down ? "v54" : "h104"}`;
  const is_nothing = !graph.end_value && !graph.end_gradient;
  const middle = is_down ? [x, y + 40] : [x + 68, y];
  return line(edge, is_nothing ? "" : path, middle, { is_down, rises: false, side: 0, name: "end" });
}

/** @param {number[][]} points of a cubic @param {number} t @returns {number[]} */
function onCurve(points, t) {
  const weights = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
  return [0, 1].map((axis) =>
    weights.reduce((sum, weight, place) => sum + weight * points[place][axis], 0),
  );
}

/**
 * @param {GraphEdgeShown} edge
 * @param {string} d
 * @param {number[]} middle where its labels stand
 * @param {{is_down: boolean, rises: boolean, side: number, name: string}} how rises: so that what is
 *   beneath it would be within the fork; side: of both labels on an edge that goes down, 0 for one on
 *   each
 * @returns {Line}
 */
function line(edge, d, [x, y], { is_down, rises, side, name }) {
  const classes = `graph-edge${edge.is_active ? " is-active" : ""}${edge.gradient ? " has-gradient" : ""}`;
  const path = svg("path", { class: classes, "data-edge": name, ...dataAttributes(edge.data) });
  if (d) path.setAttribute("d", d);
  const labels = svg("g", { class: "graph-labels", "aria-hidden": "true" });
  const has_both = edge.value && edge.gradient;
  if (edge.value) labels.append(labelled(edge.value, "graph-value", -1, -7));
  if (edge.gradient) {
    const above = rises ? (edge.working ? -20 : -7) : 17;
    labels.append(labelled(edge.gradient, "graph-gradient", 1, above));
    if (edge.working && !is_down) {
      labels.append(labelled(edge.working, "graph-gradient is-working", 1, above + 13));
    }
  }
  return { path, labels };

  /**
   * @param {string} content
   * @param {string} class_name
   * @param {number} own_side where it stands beside an edge that goes straight down
   * @param {number} above an edge that goes to the right
   */
  function labelled(content, class_name, own_side, above) {
    if (!is_down) return text(content, x, y + above, class_name, "middle");
    const where = side || own_side;
    const line_y = side && has_both ? y + 4 + own_side * 8 : y + 4;
    return text(content, x + where * 7, line_y, class_name, where < 0 ? "end" : "start");
  }
}
