/** The network as a drawing: wires and grounds in one SVG, over it a button for every item. */

import { setChildren } from "../shared/children.js";
import { element, svg } from "../shared/element.js";
import { createNetworkCell } from "./cell.js";
import { itemsInSight } from "./items.js";
import { layOut } from "./layout.js";

/** @typedef {import("./cell.js").NetworkCell} NetworkCell */
/** @typedef {import("../types.js").ModelDetail} ModelDetail */

const REVEAL_MARGIN_PX = 60;
/** Around the cell that is selected, at the sheet's edge too. */
const RING_PX = 2;
/** Type of the page on a laptop, for which rows are made. */
const USUAL_REM_PX = 15.5;

const typeScale = () =>
  Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_REM_PX);

/**
 * @param {HTMLElement} port that scrolls
 * @param {{onChoose: (item: import("./items.js").Item) => void}} options
 */
export function createNetworkDrawing(port, { onChoose }) {
  const wires = svg("svg", { class: "network-wires", "aria-hidden": "true" });
  const sheet = element("div", {
    class: "network-sheet",
    attributes: { role: "tree", "aria-label": "Layers and blocks" },
  });
  sheet.append(wires);
  port.append(sheet);

  /** @type {Map<string, NetworkCell>} in execution order */
  let cells = new Map();
  /** @type {Map<string, import("./layout.js").Cell>} */
  let places = new Map();
  /** @type {Map<string, SVGPathElement[]>} those that touch an item, by its key */
  let touching = new Map();
  /** @type {ModelDetail | null} */
  let drawn = null;

  /** @param {Event} event @returns {NetworkCell | undefined} */
  function cellOf(event) {
    const node = event.target instanceof Element ? event.target.closest("[data-key]") : null;
    return cells.get(node?.getAttribute("data-key") ?? "");
  }

  sheet.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (cell) onChoose(cell.item);
  });

  /** @type {NetworkCell | undefined} */
  let lit;
  /** @param {NetworkCell | undefined} cell  Lights what an item reads and who reads it. */
  function light(cell) {
    if (cell === lit) return;
    for (const path of touching.get(lit?.item.key ?? "") ?? []) path.classList.remove("is-lit");
    lit = cell;
    for (const path of touching.get(lit?.item.key ?? "") ?? []) path.classList.add("is-lit");
  }
  sheet.addEventListener("pointerover", (event) => light(cellOf(event)));
  sheet.addEventListener("pointerleave", () => light(undefined));
  sheet.addEventListener("focusin", (event) => light(cellOf(event)));

  sheet.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = [...cells.keys()];
    const at = keys.indexOf(cell.item.key);
    const { kind, heads } = cell.item;
    /** @type {Record<string, string | undefined>} */
    const goals = {
      ArrowDown: keys[at + 1],
      ArrowUp: keys[at - 1],
      Home: keys[0],
      End: keys.at(-1),
      ArrowLeft: kind === "head" ? undefined : heads.at(-1),
      ArrowRight: kind === "head" ? keys[at + 1] : undefined,
    };
    if (!(event.key in goals)) return;
    event.preventDefault();
    const toggles = { ArrowLeft: "head", ArrowRight: "block" };
    if (toggles[/** @type {keyof typeof toggles} */ (event.key)] === kind) onChoose(cell.item);
    else focus(goals[event.key]);
  });

  /** @param {string | undefined} key */
  function focus(key) {
    const cell = cells.get(key ?? "");
    if (!cell) return;
    enter(cell);
    cell.node.focus({ preventScroll: true });
    reveal(cell.item.key);
  }

  /** @param {NetworkCell} cell that the Tab key leads to; no other */
  function enter(cell) {
    for (const other of sheet.querySelectorAll("[tabindex='0']")) {
      other.setAttribute("tabindex", "-1");
    }
    cell.node.setAttribute("tabindex", "0");
  }

  /** @param {string} id of a layer @returns {string | undefined} of the folded block that it is in */
  const blockOf = (id) => [...cells.values()].findLast(({ item }) => item.layer_ids.includes(id))?.item.key;

  /** @param {string} key of an item, or the id of a layer */
  function reveal(key) {
    const place = places.get(key) ?? places.get(blockOf(key) ?? "");
    if (!place) return;
    const top = place.top - REVEAL_MARGIN_PX;
    const bottom = place.top + place.height + REVEAL_MARGIN_PX;
    if (top < port.scrollTop) port.scrollTop = top;
    else if (bottom > port.scrollTop + port.clientHeight) {
      port.scrollTop = bottom - port.clientHeight;
    }
  }

  /** A sheet may be a part of a pixel narrower than its port says that it is. */
  const widthInside = () => Math.floor(sheet.getBoundingClientRect().width) - RING_PX;

  /** @param {import("./layout.js").Layout} layout */
  function drawWires({ groups, wires: lines, height }) {
    lit = undefined;
    touching = new Map();
    const grounds = groups.map(({ left, top, width, height: tall }) =>
      svg("rect", { class: "network-group", x: left, y: top, width, height: tall, rx: 5 }),
    );
    const paths = lines.map(({ from, to, kind, path }) => {
      const line = svg("path", {
        class: `wire is-${kind}`,
        d: path,
        "data-from": from,
        "data-to": to,
      });
      for (const key of [from, to]) touching.set(key, [...(touching.get(key) ?? []), line]);
      return line;
    });
    wires.replaceChildren(...grounds, ...paths);
    wires.setAttribute("height", String(height));
    sheet.style.height = `${height}px`;
  }

  return {
    sheet,
    cells: () => cells,
    reveal,

    /**
     * @param {ModelDetail} detail
     * @param {Map<string, import("../types.js").Layer>} by_id
     * @param {import("./folds.js").Folds} folds
     */
    draw(detail, by_id, folds) {
      const { items, links } = itemsInSight(by_id, folds.root(), folds.isOpen);
      const layout = layOut(items, links, widthInside(), typeScale());
      const focused = document.activeElement?.getAttribute("data-key") ?? "";
      const kept = detail === drawn ? cells : new Map();
      drawn = detail;
      cells = new Map();
      places = layout.cells;
      for (const item of items) {
        const known = kept.get(item.key);
        const cell = known?.item.kind === item.kind ? known : createNetworkCell(item, by_id);
        cell.item.heads = item.heads;
        cell.place(/** @type {import("./layout.js").Cell} */ (places.get(item.key)));
        cells.set(item.key, cell);
      }
      drawWires(layout);
      setChildren(sheet, [wires, ...[...cells.values()].map(({ node }) => node)]);
      cells.get(focused)?.node.focus({ preventScroll: true });
    },

    /**
     * @param {string | null} selected_id
     * @param {Set<string>} matches
     */
    mark(selected_id, matches) {
      let entrance = cells.values().next().value;
      for (const cell of cells.values()) {
        cell.mark(selected_id, matches);
        if (selected_id !== null && cell.item.layer_ids.includes(selected_id)) entrance = cell;
      }
      if (entrance && !sheet.contains(document.activeElement)) enter(entrance);
    },

    /**
     * @param {Map<string, import("../shared/maps.js").Thumbnail>} thumbnails
     * @param {import("../page_types.js").ColourChoice} colours
     */
    paint(thumbnails, colours) {
      for (const cell of cells.values()) {
        cell.paint(thumbnails.get(cell.item.layer.id) ?? null, colours);
      }
    },

    /** @param {Map<string, import("../types.js").ReachedLayer>} layers  None: no pixel is chosen. */
    showReach(layers) {
      for (const cell of cells.values()) cell.showReach(layers.get(cell.item.layer.id) ?? null);
    },

    destroy() {
      sheet.remove();
    },
  };
}
