/** The network as nodes and edges: each node its own map and number, each edge its weight. */

import { cellText } from "../../lenses/arithmetic/values.js";
import { element, svg } from "../../shared/element.js";
import { onWidth } from "../../shared/on_width.js";
import { onChange } from "./address.js";
import { bytesOf, coordinateCodes, paint } from "./codes.js";

const TILE_PX = { usual: 38, many: 30, large: 48 };
const ROW_PX = { usual: 58, many: 47, large: 72 };
const CROWDED = 8;
const WIDE_PX = 620;
const INPUT_CODES = [coordinateCodes(0, 30), coordinateCodes(1, 30)];

/** @typedef {import("./run.js").Frame} Frame */
/** @typedef {{layer: number, unit: number, name: string}} Place  Layer 0 is the input. */

/**
 * @param {string} node of the address, `1-3`: layer and unit; anything else is the output
 * @param {Frame["nodes"]} nodes
 * @returns {Place}
 */
export function placeOfNode(node, nodes) {
  const [layer, unit] = node.split("-").map(Number);
  const units = layer === 0 || layer === nodes.length + 1 ? 2 : (nodes[layer - 1]?.length ?? 0);
  const is_there = Number.isInteger(unit) && unit >= 0 && unit < units;
  const at = is_there ? { layer, unit } : { layer: nodes.length + 1, unit: 1 };
  return { ...at, name: nameOf(at.layer, at.unit, nodes.length) };
}

/** @param {number} layer @param {number} unit @param {number} hidden how many layers */
export function nameOf(layer, unit, hidden) {
  if (layer === 0) return `x${"₁₂"[unit]}`;
  if (layer > hidden) return `p of class ${unit}`;
  return `unit ${unit + 1} of layer ${layer}`;
}

/** What stands before a number where it is not a hidden unit. @param {number} layer @param {number} unit @param {number} hidden */
const signOf = (layer, unit, hidden) =>
  layer === 0 ? `x${"₁₂"[unit]} ` : layer > hidden ? `p${"₀₁"[unit]} ` : "";

/**
 * @param {HTMLElement} parent
 * @param {{address: import("./address.js").BendAddress, run: import("./run.js").Run}} parts
 */
export function createNetwork(parent, { address, run }) {
  const edges = svg("svg", { class: "bend-edges", "aria-hidden": "true" });
  const tiles = element("div", {
    class: "bend-nodes",
    attributes: { role: "group", "aria-label": "The network; choose a node" },
  });
  const stage = element("div", { class: "bend-graph" }, edges, tiles);
  parent.append(
    stage,
    element("p", {
      class: "bend-classes",
      text: "Choose a node: its map and its sum are shown large. In a small map, white is 0 (of p: 1/2), red above, blue below. A line is a weight: red above 0, blue below, the thicker the larger.",
    }),
  );
  /** @type {{layer: number, unit: number, button: HTMLButtonElement, canvas: HTMLCanvasElement, value: HTMLElement}[]} */
  let nodes = [];
  /** @type {{line: SVGPathElement, layer: number, out: number, into: number}[]} */
  let lines = [];
  let built = "";

  /** @param {number[]} sizes */
  function build(sizes) {
    const width = stage.clientWidth;
    built = `${sizes} ${width}`;
    const rows = Math.max(...sizes);
    const size = rows > CROWDED ? "many" : width > WIDE_PX ? "large" : "usual";
    const tile = TILE_PX[size];
    const height = rows * ROW_PX[size];
    stage.style.height = `${height}px`;
    stage.style.setProperty("--tile", `${tile}px`);
    edges.setAttribute("viewBox", `0 0 ${width} ${height}`);
    /** @param {number} layer @param {number} unit */
    const at = (layer, unit) => ({
      x: tile / 2 + 4 + (layer / (sizes.length - 1)) * (width - tile - 8),
      y: height / 2 + (unit - (sizes[layer] - 1) / 2) * ROW_PX[size] - 7,
    });
    nodes = sizes.flatMap((units, layer) =>
      Array.from({ length: units }, (_, unit) => {
        const { x, y } = at(layer, unit);
        const canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
        const value = element("span", { class: "figure" });
        const button = element(
          "button",
          {
            class: "bend-unit",
            attributes: { type: "button" },
            on: { click: () => address.change({ node: `${layer}-${unit}` }) },
          },
          canvas,
          value,
        );
        button.style.left = `${x}px`;
        button.style.top = `${y}px`;
        if (layer === 0) paint(canvas, INPUT_CODES[unit]);
        return { layer, unit, button, canvas, value };
      }),
    );
    tiles.replaceChildren(...nodes.map(({ button }) => button));
    lines = sizes.slice(1).flatMap((units, place) =>
      Array.from({ length: units * sizes[place] }, (_, index) => {
        const [out, into] = [Math.floor(index / sizes[place]), index % sizes[place]];
        const [from, to] = [at(place, into), at(place + 1, out)];
        const bend_px = (to.x - from.x) / 2;
        const line = svg("path", {
          d: `M${from.x} ${from.y}C${from.x + bend_px} ${from.y} ${to.x - bend_px} ${to.y} ${to.x} ${to.y}`,
        });
        return { line, layer: place, out, into };
      }),
    );
    edges.replaceChildren(...lines.map(({ line }) => line));
  }

  function show() {
    const { frame } = run.get();
    if (!frame || stage.clientWidth === 0) return;
    const sizes = [2, ...frame.nodes.map((layer) => layer.length), 2];
    if (built !== `${sizes} ${stage.clientWidth}`) build(sizes);
    const { probe, node } = address.get();
    const chosen = placeOfNode(node, frame.nodes);
    const hidden = frame.nodes.length;
    for (const { layer, unit, button, canvas, value } of nodes) {
      if (layer > hidden) paint(canvas, outputCodes(frame, unit));
      else if (layer > 0) paint(canvas, bytesOf(frame.nodes[layer - 1][unit].codes));
      const number = layer === 0 ? probe[unit] : frame.probe[layer - 1].after[unit];
      value.textContent = `${signOf(layer, unit, hidden)}${cellText(number)}`;
      button.dataset.value = String(number);
      button.setAttribute("aria-label", `${nameOf(layer, unit, hidden)}: ${cellText(number)}`);
      button.setAttribute("aria-pressed", String(layer === chosen.layer && unit === chosen.unit));
    }
    for (const { line, layer, out, into } of lines) {
      const weight = strongest(frame.layers[layer].weight.map((piece) => piece[out][into]));
      const is_chosen = layer + 1 === chosen.layer && out === chosen.unit;
      line.setAttribute("class", `${weight < 0 ? "is-negative" : "is-positive"}${is_chosen ? " is-chosen" : ""}`);
      line.setAttribute("stroke-width", Math.min(7, 0.4 + 1.6 * Math.abs(weight)).toFixed(2));
      line.dataset.weight = String(weight);
    }
  }
  onWidth(stage, show);
  run.subscribe(show);
  onChange(address, ["node", "probe"], show);
}

/** @param {Frame} frame @param {number} unit */
function outputCodes(frame, unit) {
  const codes = bytesOf(frame.boundary);
  return unit === 1 ? codes : codes.map((code) => 255 - code);
}

/** @param {(number | null)[]} weights of the pieces of maxout, or the only one */
const strongest = (weights) =>
  weights.reduce((/** @type {number} */ most, each) => (Math.abs(each ?? 0) > Math.abs(most) ? (each ?? 0) : most), 0);
