/** The lines between the items of a network: down the lanes, and bridges in the margin. */

/** @typedef {import("./items.js").Link} Link */
/** @typedef {import("./layout.js").Cell} Cell */

/**
 * @typedef {object} Wire
 * @property {string} from
 * @property {string} to
 * @property {"link" | "bridge"} kind
 * @property {string} path of an SVG
 */

const BRIDGE_SLOTS_PX = [17, 12, 7];
const BUS_PX = 3;

/**
 * @param {Link[]} links
 * @param {Map<string, Cell>} cells
 * @param {Map<string, string>} owners
 * @returns {Wire[]}
 */
export function wired(links, cells, owners) {
  /** The lower edge of each row, px. */
  const edges = new Map([...cells.values()].map(({ depth, top, height }) => [depth, top + height]));
  /** @type {Wire[]} */
  const wires = [];
  /** @type {{from: Cell, to: Cell}[]} */
  const skips = [];
  for (const { from, to } of links) {
    const source = /** @type {Cell} */ (cells.get(from));
    const target = /** @type {Cell} */ (cells.get(to));
    const owner = owners.get(from);
    const adjacent = target.depth === source.depth + 1;
    if (adjacent || owner === to || (owner === undefined && source.lane > 0)) {
      wires.push({ from, to, kind: "link", path: linkPath(source, target, edges) });
    } else {
      skips.push({ from: source, to: target });
    }
  }
  return [...bridges(skips), ...wires];
}

/**
 * Down the lane of the source as far as it goes, then over to the target.
 *
 * @param {Cell} source
 * @param {Cell} target
 * @param {Map<number, number>} edges lower ones by depth, px
 */
function linkPath(source, target, edges) {
  const start = source.top + source.height;
  const end = target.top;
  const bend = edges.get(target.depth - 1) ?? start;
  const middle = (bend + end) / 2;
  const turn = `C ${source.wire} ${middle} ${target.wire} ${middle} ${target.wire} ${end}`;
  return `M ${source.wire} ${start} V ${bend} ${turn}`;
}

/**
 * Bridges run in the margin, beside each other as far as there is room; further ones share a bus.
 *
 * @param {{from: Cell, to: Cell}[]} skips
 * @returns {Wire[]}
 */
function bridges(skips) {
  /** Until which depth each slot is taken, and by whom. @type {{until: number, by: Cell}[]} */
  const slots = [];
  const sorted = [...skips].sort(
    (one, other) => one.from.depth - other.from.depth || one.to.depth - other.to.depth,
  );
  return sorted.map(({ from, to }) => {
    let slot = slots.findIndex(({ until, by }) => by === from || until <= from.depth);
    if (slot < 0) slot = slots.length;
    const taken = slots[slot]?.by === from ? slots[slot].until : 0;
    slots[slot] = { until: Math.max(to.depth, taken), by: from };
    const x = BRIDGE_SLOTS_PX[slot] ?? BUS_PX;
    const start = from.top + from.height / 2;
    const end = to.top + to.height / 2;
    const corner = Math.min(6, (end - start) / 2);
    const path =
      `M ${from.left} ${start} H ${x + corner} Q ${x} ${start} ${x} ${start + corner} ` +
      `V ${end - corner} Q ${x} ${end} ${x + corner} ${end} H ${to.left}`;
    return { from: from.item.key, to: to.item.key, kind: "bridge", path };
  });
}
