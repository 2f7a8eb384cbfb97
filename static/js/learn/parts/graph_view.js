/**
 * A graph of nodes and edges, with what goes forward and what comes back on each edge: drawn from
 * left to right, or from top to bottom where it is narrow; each node can be reached and chosen by
 * key, and the same stands beneath as a list.
 */

import { element, svg } from "../../shared/element.js";
import { onWidth } from "../../shared/on_width.js";
import { dataAttributes, edgeLine, endLine, labelPlace, text } from "./graph_lines.js";
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
 * @property {"forward" | "back"} [flow] which way something runs along the active edges, once for
 *   each `moment`
 * @property {string | number} [moment]
 */

const NARROW_PX = 620;
const SCALES = { least: 0.8, most: 1.45 };
// Along the ranks, across the lanes, and around all.
const RIGHT = { rank: 172, lane: 92, before: 52, after: 110, side: 60 };
const DOWN = { rank: 88, lane: 104, before: 50, after: 60, side: 74 };
const LEAST_BESIDE = 126;
const RADIUS = 19;
// The ranks of a long graph stand closer.
const MANY_RANKS = { count: 8, rank: 134 };

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
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  onWidth(frame, (width) => {
    width_px = width;
    if (shown) draw(shown);
  });

  /** @param {GraphShown} graph */
  function draw(graph) {
    const layout = layOut(graph.nodes, graph.edges);
    const is_down = width_px < NARROW_PX;
    const gap = is_down
      ? DOWN
      : { ...RIGHT, rank: layout.ranks < MANY_RANKS.count ? RIGHT.rank : MANY_RANKS.rank };
    const along = gap.before + (layout.ranks - 1) * gap.rank + gap.after;
    const span = (layout.lanes[1] - layout.lanes[0]) * gap.lane;
    // Labels need room beside a single lane too.
    const side = is_down ? Math.max(gap.side, LEAST_BESIDE - span / 2) : gap.side;
    const across = 2 * side + span;
    const [width, height] = is_down ? [across, along] : [along, across];
    const scale = Math.max(SCALES.least, Math.min(SCALES.most, width_px / width));

    /** @param {import("./graph_layout.js").Spot} spot @returns {[number, number]} */
    const place = ({ rank, lane }) => {
      const far = gap.before + rank * gap.rank;
      const wide = side + (lane - layout.lanes[0]) * gap.lane;
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
        ...dataAttributes(node.data),
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

  /** @param {GraphShown} graph  A dot along each active edge, for whom movement does not disturb. */
  function run({ flow }) {
    if (!flow || calm.matches) return;
    for (const path of frame.querySelectorAll(".graph-edge.is-active")) {
      const dot = svg("circle", { class: "graph-dot", r: 6 });
      dot.style.offsetPath = `path("${path.getAttribute("d")}")`;
      path.after(dot);
      const way = flow === "back" ? ["100%", "0%"] : ["0%", "100%"];
      const running = dot.animate({ offsetDistance: way }, { duration: 650, easing: "ease-in-out" });
      running.onfinish = () => dot.remove();
    }
  }

  return {
    show(graph) {
      const is_next = shown !== null && shown.moment !== graph.moment;
      shown = graph;
      width_px = frame.clientWidth;
      draw(graph);
      if (is_next) run(graph);
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
