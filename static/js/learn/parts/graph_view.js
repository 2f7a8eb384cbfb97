/**
 * A graph of nodes and edges, with what goes forward and what comes back on each edge: drawn from
 * left to right, or from top to bottom where it is narrow; each node can be reached and chosen by
 * key, and the same stands beneath as a list.
 */

import { element, svg } from "../../shared/element.js";
import { layOut } from "./graph_layout.js";

/**
 * @typedef {object} GraphNodeShown
 * @property {string} id
 * @property {string} sign what stands in it: an operator, a name
 * @property {"variable" | "constant" | "operation"} kind
 * @property {string} [value] beneath the sign, of a leaf
 * @property {string} [gradient] at its side: the sum of what came back to it
 * @property {string} said all of it, in words
 * @property {boolean} [is_active] it is its turn
 * @property {Record<string, string | number>} [data] attributes for programs that read the page
 *
 * @typedef {object} GraphEdgeShown
 * @property {string} source
 * @property {string} target
 * @property {string} [value] what goes forward
 * @property {string} [gradient] what comes back
 * @property {string} [working] how it was computed, where there is room for it
 * @property {boolean} [is_active]
 * @property {Record<string, string | number>} [data]
 *
 * @typedef {object} GraphShown
 * @property {readonly GraphNodeShown[]} nodes each after those that it reads; the last is the end
 * @property {readonly GraphEdgeShown[]} edges
 * @property {string} [end_value] what leaves the end
 * @property {string} [end_gradient] what flows in there
 * @property {string | null} [chosen] id of a node
 */

const NARROW_PX = 620;
const SCALES = { least: 0.8, most: 1.45 };
// Along the ranks, across the lanes, and around all.
const RIGHT = { rank: 172, lane: 92, before: 52, after: 110, side: 60 };
const DOWN = { rank: 88, lane: 104, before: 50, after: 60, side: 88 };
const RADIUS = 19;
// The ranks of a long graph stand closer.
const MANY_RANKS = { count: 8, rank: 134 };
// Where on an edge its labels stand: far from where it parts from others, and from where they meet.
const LABEL_AT = { meeting: 0.36, free: 0.5, parting: 0.6 };

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.label what the graph is, for who cannot see it
 * @param {(id: string) => void} options.onChoose
 * @returns {{show: (graph: GraphShown) => void}}
 */
export function createGraphView(parent, { label, onChoose }) {
  const frame = element("div", { class: "graph-frame" });
  const list = element("ol", { class: "graph-list" });
  const words = element(
    "details",
    { class: "graph-words" },
    element("summary", { class: "quiet-summary", text: "The same as a list" }),
    list,
  );
  parent.append(frame, words);
  /** @type {GraphShown | null} */
  let shown = null;
  /** @type {string | null} the node that the key Tab leads to */
  let within_reach = null;
  let width_px = 0;

  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width_px) < 1) return;
    width_px = entry.contentRect.width;
    if (shown) draw(shown);
  }).observe(frame);

  /** @param {GraphShown} graph */
  function draw(graph) {
    const layout = layOut(graph.nodes, graph.edges);
    const is_down = width_px < NARROW_PX;
    const gap = is_down
      ? DOWN
      : { ...RIGHT, rank: layout.ranks < MANY_RANKS.count ? RIGHT.rank : MANY_RANKS.rank };
    const along = gap.before + (layout.ranks - 1) * gap.rank + gap.after;
    const span = (layout.lanes[1] - layout.lanes[0]) * gap.lane;
    const across = 2 * gap.side + span;
    const [width, height] = is_down ? [across, along] : [along, across];
    const scale = Math.max(SCALES.least, Math.min(SCALES.most, width_px / width));

    /** @param {import("./graph_layout.js").Spot} spot @returns {[number, number]} */
    const place = ({ rank, lane }) => {
      const far = gap.before + rank * gap.rank;
      const wide = gap.side + (lane - layout.lanes[0]) * gap.lane;
      return is_down ? [wide, far] : [far, wide];
    };
    const ids = graph.nodes.map(({ id }) => id);
    if (within_reach === null || !ids.includes(within_reach)) within_reach = ids[0];
    const had_focus = focusedNode();

    const end = place(/** @type {Spot} */ (layout.spots.get(ids[ids.length - 1])));
    const widths = new Map(graph.nodes.map((node) => [node.id, widthOf(node)]));
    const lines = [
      endLine(graph, end, is_down),
      ...graph.edges.map((edge, turn) => {
        const way = layout.ways[turn].map(place);
        if (!is_down) {
          // As far from a broad node as from a round one.
          way[0][0] += (widths.get(edge.source) ?? 0) / 2 - RADIUS;
          way[way.length - 1][0] -= (widths.get(edge.target) ?? 0) / 2 - RADIUS;
        }
        const bow = layout.bows[turn] * gap.lane;
        return edgeLine(edge, way, { bow, is_down, ...labelPlace(edge, graph) });
      }),
    ];
    const drawing = svg(
      "svg",
      {
        class: "graph-drawing",
        viewBox: `0 0 ${width} ${height}`,
        width: width * scale,
        height: height * scale,
        role: "group",
        "aria-label": label,
      },
      ...lines.map(({ path }) => path),
      ...graph.nodes.map((node) =>
        drawNode(node, place(/** @type {Spot} */ (layout.spots.get(node.id))), graph, is_down),
      ),
      // Above all else: a label may reach over a node.
      ...lines.map(({ labels }) => labels),
    );
    frame.replaceChildren(drawing);
    if (had_focus !== null) nodeElement(had_focus)?.focus();
  }

  /** @typedef {import("./graph_layout.js").Spot} Spot */

  /** @param {GraphNodeShown} node @param {[number, number]} at @param {GraphShown} graph @param {boolean} is_down */
  function drawNode(node, [x, y], graph, is_down) {
    const is_leaf = node.kind !== "operation";
    const classes = ["graph-node", `is-${node.kind}`, node.is_active ? "is-active" : ""];
    const width = widthOf(node);
    const group = svg(
      "g",
      {
        class: classes.join(" "),
        transform: `translate(${x} ${y})`,
        role: "button",
        tabindex: node.id === within_reach ? 0 : -1,
        "aria-label": node.said,
        "aria-pressed": String(node.id === (graph.chosen ?? null)),
        "data-node": node.id,
        ...attributes(node.data),
      },
      is_leaf || node.sign.length > 3
        ? svg("rect", { x: -width / 2, y: -RADIUS, width, height: 2 * RADIUS, rx: is_leaf ? 8 : RADIUS })
        : svg("circle", { r: RADIUS }),
      text(node.sign, 0, is_leaf && node.value ? -3 : 5, "graph-sign", "middle"),
    );
    if (is_leaf && node.value) group.append(text(node.value, 0, 13, "graph-value", "middle"));
    if (node.gradient) {
      group.append(
        is_down && !is_leaf
          ? text(node.gradient, RADIUS + 6, 5, "graph-gradient is-sum", "start")
          : text(node.gradient, 0, is_down ? -RADIUS - 8 : RADIUS + 17, "graph-gradient is-sum", "middle"),
      );
    }
    group.addEventListener("click", () => choose(node.id));
    group.addEventListener("keydown", (event) => move(event, node.id));
    return group;
  }

  /** @param {string} id */
  function choose(id) {
    within_reach = id;
    onChoose(id);
  }

  /** @param {KeyboardEvent} event @param {string} id */
  function move(event, id) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(id);
      return;
    }
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (!step || !shown) return;
    event.preventDefault();
    const ids = shown.nodes.map((node) => node.id);
    const next = ids[(ids.indexOf(id) + step + ids.length) % ids.length];
    nodeElement(id)?.setAttribute("tabindex", "-1");
    nodeElement(next)?.setAttribute("tabindex", "0");
    nodeElement(next)?.focus();
    within_reach = next;
  }

  /** @param {string} id @returns {SVGGElement | null} */
  const nodeElement = (id) => frame.querySelector(`[data-node="${CSS.escape(id)}"]`);

  function focusedNode() {
    const focused = document.activeElement;
    return frame.contains(focused) ? (focused?.getAttribute("data-node") ?? null) : null;
  }

  return {
    show(graph) {
      shown = graph;
      width_px = frame.clientWidth;
      draw(graph);
      list.replaceChildren(
        ...graph.nodes.map(({ said, is_active }) =>
          element("li", { class: is_active ? "is-active" : "", text: said }),
        ),
      );
    },
  };
}

/** @param {GraphNodeShown} node */
function widthOf({ sign, value = "", kind }) {
  const is_round = kind === "operation" && sign.length <= 3;
  return is_round ? 2 * RADIUS : Math.max(46, 9 * Math.max(sign.length, value.length) + 14);
}

/** @param {Record<string, string | number> | undefined} data */
const attributes = (data) =>
  Object.fromEntries(Object.entries(data ?? {}).map(([name, value]) => [`data-${name}`, value]));

/**
 * @param {string} content
 * @param {number} x
 * @param {number} y
 * @param {string} name
 * @param {"start" | "middle" | "end"} anchor
 */
function text(content, x, y, name, anchor) {
  const node = svg("text", { class: name, x, y, "text-anchor": anchor });
  node.textContent = content;
  return node;
}

/** @typedef {{path: SVGElement, labels: SVGElement}} Line */

/**
 * @param {GraphEdgeShown} edge
 * @param {GraphShown} graph
 * @returns {{label_at: number, is_fork: boolean}} is_fork: its source has other ways out
 */
function labelPlace({ source, target }, { edges }) {
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
function edgeLine(edge, way, { bow, is_down, label_at, is_fork }) {
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
  return line(edge, `M${way[0].join(" ")}${curves.join("")}`, onCurve(parts[0], label_at), {
    is_down,
    rises,
    side,
    name: `${edge.source}>${edge.target}`,
  });
}

/** @param {GraphShown} graph @param {[number, number]} end @param {boolean} is_down @returns {Line} */
function endLine(graph, [x, y], is_down) {
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
  const path = svg("path", { class: classes, "data-edge": name, ...attributes(edge.data) });
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
