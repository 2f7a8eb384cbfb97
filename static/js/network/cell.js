/** One item of the network as a button: a layer, a folded block, or the head of an open one. */

import { element } from "../shared/element.js";
import { formatCount, formatInteger, formatPercent, formatShape } from "../shared/format.js";
import { operationText } from "./layer_head.js";
import { paintReached } from "./reached_thumbnail.js";
import { reachedShare, reachedText } from "../shared/reached.js";
import { paintThumbnail } from "./thumbnails.js";

/** @typedef {import("./layout.js").Cell} Cell */
/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {ReturnType<typeof createNetworkCell>} NetworkCell */

/** Which colour an operation has; what is not here is drawn as something that moves values. */
const KINDS = new Map([
  ["convolution", "weights"],
  ["transposed_convolution", "weights"],
  ["linear", "weights"],
  ["add", "join"],
  ["concatenate", "join"],
  ["multiply", "join"],
]);

/** @param {string} operation */
function kindOf(operation) {
  if (operation.includes("pool") || operation === "mean") return "pool";
  if (operation.includes("norm")) return "norm";
  if (/relu|tanh|swish|sigmoid|silu|gelu|softmax|elu$/.test(operation)) return "activation";
  return KINDS.get(operation) ?? "other";
}

/** In a lane so narrow only name and thumbnail have room. */
const ROOMY_LANE_PX = 120;

/** @param {Item} item @param {Map<string, Layer>} by_id */
function parametersOf({ layer_ids }, by_id) {
  return layer_ids.reduce((sum, id) => sum + (by_id.get(id)?.parameters ?? 0), 0);
}

/** @param {Item} item @param {Map<string, Layer>} by_id */
function describe(item, by_id) {
  const { layer, block, layer_ids } = item;
  const parameters = parametersOf(item, by_id);
  const facts = [formatShape(layer.output_shape)];
  if (parameters > 0) facts.push(`${formatInteger(parameters)} parameters`);
  if (!block) return [`${layer.id}: ${operationText(layer)}`, ...facts].join(", ");
  return [`${block.path}: ${block.title} of ${layer_ids.length} layers`, ...facts].join(", ");
}

/** Names beneath this length are not cut. */
const CUT_FROM = 9;
const END_LENGTH = 4;

/**
 * Cut in its middle where room is short: what tells names apart is often how they end.
 *
 * @param {string} start
 * @param {string} end
 */
const cutInside = (start, end) => [
  element("span", { class: "cell-start", text: start }),
  element("span", { class: "cell-end", text: end }),
];

/** @param {string} name */
const nameParts = (name) =>
  name.length < CUT_FROM ? [name] : cutInside(name.slice(0, -END_LENGTH), name.slice(-END_LENGTH));

/** @param {Item} item @param {Map<string, Layer>} by_id */
export function createNetworkCell(item, by_id) {
  const { kind, layer, block, name } = item;
  const canvas = element("canvas", { class: "cell-thumb", attributes: { "aria-hidden": "true" } });
  const reach_canvas = element("canvas", { class: "cell-reach", attributes: { "aria-hidden": "true" } });
  const found = element("span", { class: "cell-found" });
  const parameters = parametersOf(item, by_id);
  const description = describe(item, by_id);
  const what = block
    ? cutInside(block.title, ` · ${item.layer_ids.length} layers`)
    : [operationText(layer)];
  const what_node = element("span", { class: `cell-what${block ? " is-cut-inside" : ""}` }, ...what);
  const amount = element("span", { text: parameters > 0 ? formatCount(parameters) : "" });
  const node = element(
    "button",
    {
      class: `cell is-${kind} op-${block ? "block" : kindOf(layer.operation)}`,
      attributes: {
        type: "button",
        role: "treeitem",
        tabindex: -1,
        title: description,
        "aria-label": description,
        "aria-level": item.heads.length + 1,
        "data-key": item.key,
        ...(block ? { "aria-expanded": String(kind === "head") } : {}),
      },
    },
    block ? element("span", { class: "cell-fold", text: kind === "head" ? "▾" : "▸" }) : null,
    kind === "head" ? null : canvas,
    element(
      "span",
      { class: "cell-line" },
      element("span", { class: "cell-name is-cut-inside" }, ...nameParts(name)),
      element("span", { class: "cell-shape", text: layer.output_shape.join("×") }),
    ),
    element(
      "span",
      { class: "cell-line cell-second" },
      what_node,
      amount,
    ),
    found,
  );
  /** @type {import("../shared/maps.js").Thumbnail | null} */
  let painted = null;
  let painted_as = "";
  /** @type {import("../types.js").ReachedLayer | null} */
  let shown_reach = null;

  return {
    node,
    item,

    /** @param {Cell} cell */
    place({ left, top, width, height, lanes }) {
      node.style.transform = `translate(${left}px, ${top}px)`;
      node.style.width = `${width}px`;
      node.style.height = `${height}px`;
      node.classList.toggle("is-in-lane", lanes > 1);
      node.classList.toggle("is-tight", lanes > 1 && width < ROOMY_LANE_PX);
    },

    /**
     * @param {import("../shared/maps.js").Thumbnail | null} thumbnail
     * @param {import("../page_types.js").ColourChoice} colours
     */
    paint(thumbnail, colours) {
      if ((thumbnail === painted && colours === painted_as) || kind === "head") return;
      painted = thumbnail;
      painted_as = colours;
      canvas.classList.toggle("is-empty", thumbnail === null);
      canvas.classList.toggle("is-strip", thumbnail?.height === 1);
      if (thumbnail) paintThumbnail(canvas, thumbnail, colours);
    },

    /** @param {import("../types.js").ReachedLayer | null} reached by the chosen pixel */
    showReach(reached) {
      if (kind === "head" || reached === shown_reach) return;
      shown_reach = reached;
      if (reached) canvas.after(reach_canvas);
      else reach_canvas.remove();
      const words = reached ? reachedText(reached) : "";
      what_node.replaceChildren(...(reached ? [words] : what));
      amount.textContent = reached
        ? formatPercent(reachedShare(reached))
        : parameters > 0 ? formatCount(parameters) : "";
      const all = reached ? `${description}; reached: ${words}` : description;
      node.title = all;
      node.setAttribute("aria-label", all);
      if (reached) paintReached(reach_canvas, reached);
    },

    /**
     * @param {string | null} selected_id
     * @param {Set<string>} matches ids of layers
     */
    mark(selected_id, matches) {
      const inside = selected_id !== null && item.layer_ids.includes(selected_id);
      const is_layer = kind === "layer";
      node.classList.toggle("is-selected", inside && is_layer);
      node.classList.toggle("is-around", inside && !is_layer);
      node.setAttribute("aria-selected", String(inside && is_layer));
      const count = kind === "head" ? 0 : item.layer_ids.filter((id) => matches.has(id)).length;
      node.classList.toggle("is-found", count > 0);
      found.textContent = count > 0 && block ? `${count} found` : "";
    },
  };
}
