/**
 * Where the items of a network stand: each in the row of its depth (the longest way from the
 * input) and in a lane. Branches run in lanes beside each other until a layer joins them; a link
 * that skips rows of its own lane becomes a bridge in the margin. Only the links decide.
 */

import { wired } from "./wires.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./items.js").Link} Link */

/**
 * @typedef {object} Cell
 * @property {Item} item
 * @property {number} depth
 * @property {number} lane
 * @property {number} lanes in this part of the network, 1 on the trunk
 * @property {number} left px
 * @property {number} top px
 * @property {number} width px
 * @property {number} height px
 * @property {number} wire px: where links come and go
 *
 * @typedef {object} Group  The ground of an open block.
 * @property {string} key of its head
 * @property {number} left px
 * @property {number} top px
 * @property {number} width px
 * @property {number} height px
 *
 * @typedef {{cells: Map<string, Cell>, groups: Group[],
 *   wires: import("./wires.js").Wire[], height: number}} Layout
 */

export const MARGIN_PX = 26;
const ROW_PX = { trunk: 42, lanes: 60, head: 26 };
const GAP_PX = 6;
/** Where lanes begin or end their wires need room to bend. */
const FORK_GAP_PX = 18;
const WIRE_INSET_PX = 26;
const GROUP_INSET_PX = 3;

/**
 * @param {Item[]} items in execution order
 * @param {Link[]} links from earlier to later ones
 * @param {number} width_px
 * @param {number} scale of the type, 1 on a laptop: rows grow with it
 * @returns {Layout}
 */
export function layOut(items, links, width_px, scale) {
  const order = new Map(items.map((item) => [item.key, item.order]));
  const forward = links.filter(
    ({ from, to }) => /** @type {number} */ (order.get(from)) < /** @type {number} */ (order.get(to)),
  );
  const before = grouped(forward, "to", "from");
  const after = grouped(forward, "from", "to");
  const depths = depthsOf(items, before);
  const { lanes, owners } = lanesOf(items, before, after, depths);
  const cells = placed(items, depths, lanes, lastDepths(items, after, depths), width_px, scale);
  const height = Math.max(0, ...[...cells.values()].map((cell) => cell.top + cell.height)) + GAP_PX;
  return { cells, groups: groupsOf(cells), wires: wired(forward, cells, owners), height };
}

/**
 * @param {Link[]} links
 * @param {"from" | "to"} key
 * @param {"from" | "to"} value
 */
function grouped(links, key, value) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const link of links) {
    const group = groups.get(link[key]);
    if (group) group.push(link[value]);
    else groups.set(link[key], [link[value]]);
  }
  return groups;
}

/**
 * @param {Item[]} items
 * @param {Map<string, string[]>} before
 * @returns {Map<string, number>}
 */
function depthsOf(items, before) {
  /** @type {Map<string, number>} */
  const depths = new Map();
  for (const { key } of items) {
    const sources = (before.get(key) ?? []).map((source) => depths.get(source) ?? 0);
    depths.set(key, sources.length > 0 ? Math.max(...sources) + 1 : depths.size === 0 ? 0 : 1);
  }
  return depths;
}

/**
 * The depth of each item's last reader.
 *
 * @param {Item[]} items
 * @param {Map<string, string[]>} after
 * @param {Map<string, number>} depths
 */
function lastDepths(items, after, depths) {
  /** @param {string} key */
  const depthOf = (key) => /** @type {number} */ (depths.get(key));
  return new Map(
    items.map(({ key }) => [key, Math.max(depthOf(key), ...(after.get(key) ?? []).map(depthOf))]),
  );
}

/**
 * An item takes over the lane of the first that it reads and that nobody has taken over yet; a
 * join takes the leftmost. Else it opens the leftmost lane that is free.
 *
 * @param {Item[]} items
 * @param {Map<string, string[]>} before
 * @param {Map<string, string[]>} after
 * @param {Map<string, number>} depths
 */
function lanesOf(items, before, after, depths) {
  const last = lastDepths(items, after, depths);
  /** @type {Map<string, number>} */
  const lanes = new Map();
  /** Who stands at the lower end of each lane. @type {(string | null)[]} */
  const ends = [];
  /** Items whose lane was taken over by a reader. @type {Map<string, string>} */
  const owners = new Map();
  const by_depth = [...items].sort(
    (one, other) =>
      /** @type {number} */ (depths.get(one.key)) - /** @type {number} */ (depths.get(other.key)) ||
      one.order - other.order,
  );
  for (const { key } of by_depth) {
    const depth = /** @type {number} */ (depths.get(key));
    const inherited = (before.get(key) ?? [])
      .filter((source) => ends[/** @type {number} */ (lanes.get(source))] === source)
      .sort(
        (one, other) =>
          /** @type {number} */ (lanes.get(one)) - /** @type {number} */ (lanes.get(other)),
      )[0];
    let lane;
    if (inherited !== undefined) {
      lane = /** @type {number} */ (lanes.get(inherited));
      owners.set(inherited, key);
    } else {
      lane = ends.findIndex(
        (end) => end === null || /** @type {number} */ (last.get(end)) < depth,
      );
      if (lane < 0) lane = ends.length;
    }
    lanes.set(key, lane);
    ends[lane] = key;
    ends.forEach((end, index) => {
      if (end !== null && end !== key && /** @type {number} */ (last.get(end)) <= depth) {
        if (/** @type {number} */ (depths.get(end)) < depth) ends[index] = null;
      }
    });
  }
  return { lanes, owners };
}

/**
 * @param {Item[]} items
 * @param {Map<string, number>} depths
 * @param {Map<string, number>} lanes
 * @param {Map<string, number>} last
 * @param {number} width_px
 * @param {number} scale
 * @returns {Map<string, Cell>}
 */
function placed(items, depths, lanes, last, width_px, scale) {
  const rows = Math.max(...depths.values()) + 1;
  const widest = /** @type {number[]} */ (new Array(rows).fill(1));
  const only_heads = /** @type {boolean[]} */ (new Array(rows).fill(true));
  for (const { key, kind } of items) {
    const lane = /** @type {number} */ (lanes.get(key));
    const depth = /** @type {number} */ (depths.get(key));
    if (kind !== "head") only_heads[depth] = false;
    // A lane that is not the trunk's lasts until its last reader joins it.
    const end = lane > 0 ? Math.max(depth, /** @type {number} */ (last.get(key)) - 1) : depth;
    for (let row = depth; row <= end; row += 1) widest[row] = Math.max(widest[row], lane + 1);
  }
  const together = regions(widest);
  /** @type {number[]} */
  const tops = [];
  let y = GAP_PX;
  for (let row = 0; row < rows; row += 1) {
    tops.push(y);
    const forks = row + 1 < rows && together[row] !== together[row + 1];
    y += rowHeight(together[row], only_heads[row], scale) + (forks ? FORK_GAP_PX : GAP_PX);
  }
  return new Map(
    items.map((item) => {
      const depth = /** @type {number} */ (depths.get(item.key));
      const lane = /** @type {number} */ (lanes.get(item.key));
      const count = together[depth];
      const width = (width_px - MARGIN_PX) / count;
      const left = MARGIN_PX + lane * width;
      return [
        item.key,
        {
          item,
          depth,
          lane,
          lanes: count,
          left,
          top: tops[depth],
          width: count > 1 ? width - 4 : width,
          height: rowHeight(count, only_heads[depth], scale),
          wire: count > 1 ? left + (width - 4) / 2 : left + WIRE_INSET_PX,
        },
      ];
    }),
  );
}

/** @param {number} lanes @param {boolean} only_heads @param {number} scale */
function rowHeight(lanes, only_heads, scale) {
  const height = only_heads ? ROW_PX.head : lanes > 1 ? ROW_PX.lanes : ROW_PX.trunk;
  return Math.round(height * scale);
}

/**
 * Rows with branches that follow each other share their lanes.
 *
 * @param {number[]} widest lanes in use by row
 * @returns {number[]} lanes to draw by row
 */
function regions(widest) {
  const shared = [...widest];
  let start = 0;
  for (let row = 0; row <= widest.length; row += 1) {
    if (row < widest.length && widest[row] > 1) continue;
    const most = Math.max(1, ...widest.slice(start, row));
    shared.fill(most, start, row);
    if (row < widest.length) shared[row] = 1;
    start = row + 1;
  }
  return shared;
}

/**
 * @param {Map<string, Cell>} cells
 * @returns {Group[]} outer ones first
 */
function groupsOf(cells) {
  /** @type {Map<string, {left: number, top: number, right: number, bottom: number}>} */
  const bounds = new Map();
  for (const { item, left, top, width, height } of cells.values()) {
    const right = left + width;
    const bottom = top + height;
    for (const head of item.kind === "head" ? [...item.heads, item.key] : item.heads) {
      const known = bounds.get(head) ?? { left, top, right, bottom };
      bounds.set(head, {
        left: Math.min(known.left, left),
        top: Math.min(known.top, top),
        right: Math.max(known.right, right),
        bottom: Math.max(known.bottom, bottom),
      });
    }
  }
  return [...bounds].map(([key, { left, top, right, bottom }]) => ({
    key,
    left: left - GROUP_INSET_PX,
    top,
    width: right - left + 2 * GROUP_INSET_PX,
    height: bottom - top + GROUP_INSET_PX,
  }));
}
