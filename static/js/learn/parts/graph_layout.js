/** Where the nodes of a graph stand, and the way of each edge: geometry alone, in ranks and lanes. */

const SWEEPS = 6;

/**
 * @typedef {{id: string}} LaidNode
 * @typedef {{source: string, target: string}} LaidEdge
 * @typedef {{rank: number, lane: number}} Spot  ranks from 0 at the leaves; lanes side by side
 *
 * @typedef {object} GraphLayout
 * @property {Map<string, Spot>} spots of the nodes
 * @property {Spot[][]} ways of the edges, from source to target, through every rank between
 * @property {number[]} bows of the edges: how far each leaves the straight way, in lanes, because
 *   another leads between the same two
 * @property {number} ranks
 * @property {[number, number]} lanes the lowest and the highest
 */

/**
 * @param {readonly LaidNode[]} nodes each after those that it reads
 * @param {readonly LaidEdge[]} edges
 * @returns {GraphLayout}
 */
export function layOut(nodes, edges) {
  const rank_of = ranks(nodes, edges);
  const count = Math.max(...rank_of.values()) + 1;
  /** @type {string[][]} */
  const order = Array.from({ length: count }, () => []);
  /** @type {Map<string, {before: string[], after: string[]}>} */
  const near = new Map(nodes.map(({ id }) => [id, { before: [], after: [] }]));

  /** @param {string} one @param {string} other */
  function join(one, other) {
    near.get(one)?.after.push(other);
    near.get(other)?.before.push(one);
  }
  // A long edge has a stop at each rank that it passes, so that nothing else stands there.
  const stops = edges.map(({ source, target }, place) => {
    const passed = [];
    for (let rank = at(rank_of, source) + 1; rank < at(rank_of, target); rank += 1) {
      const stop = `${place} at ${rank}`;
      near.set(stop, { before: [], after: [] });
      rank_of.set(stop, rank);
      passed.push(stop);
    }
    const way = [source, ...passed, target];
    for (let step = 1; step < way.length; step += 1) join(way[step - 1], way[step]);
    return way;
  });

  // First as the inputs are written, from the end down; then each near what it is joined to.
  const seen = new Set();
  /** @param {string} id */
  function visit(id) {
    if (seen.has(id)) return;
    seen.add(id);
    order[at(rank_of, id)].push(id);
    for (const each of near.get(id)?.before ?? []) visit(each);
  }
  for (const { id } of [...nodes].reverse()) visit(id);
  const lanes = settle(order, near);
  return {
    spots: new Map(nodes.map(({ id }) => [id, spot(id)])),
    ways: stops.map((way) => way.map(spot)),
    bows: bows(edges),
    ranks: count,
    lanes: [Math.min(...lanes.values()), Math.max(...lanes.values())],
  };

  /** @param {string} id @returns {Spot} */
  function spot(id) {
    return { rank: at(rank_of, id), lane: at(lanes, id) };
  }
}

/** @param {Map<string, number>} map @param {string} id */
const at = (map, id) => map.get(id) ?? 0;

/**
 * As near to the end as its uses allow, so that a leaf stands beside what reads it.
 *
 * @param {readonly LaidNode[]} nodes
 * @param {readonly LaidEdge[]} edges
 * @returns {Map<string, number>}
 */
function ranks(nodes, edges) {
  /** @type {Map<string, number>} */
  const before_end = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { id } of [...nodes].reverse()) {
    for (const { source, target } of edges) {
      if (source !== id) continue;
      before_end.set(id, Math.max(at(before_end, id), at(before_end, target) + 1));
    }
  }
  const most = Math.max(...before_end.values());
  return new Map([...before_end].map(([id, steps]) => [id, most - steps]));
}

/**
 * @param {string[][]} order of each rank; changed
 * @param {Map<string, {before: string[], after: string[]}>} near
 * @returns {Map<string, number>} the lane of each
 */
function settle(order, near) {
  /** @type {Map<string, number>} */
  const lanes = new Map();
  for (const rank of order) {
    rank.forEach((id, place) => lanes.set(id, place - (rank.length - 1) / 2));
  }
  /** @param {string[]} rank @param {("before" | "after")[]} sides */
  function pull(rank, sides) {
    const wanted = new Map(
      rank.map((id) => {
        const ids = sides.flatMap((side) => near.get(id)?.[side] ?? []);
        const sum = ids.reduce((total, each) => total + at(lanes, each), 0);
        return [id, ids.length > 0 ? sum / ids.length : at(lanes, id)];
      }),
    );
    rank.sort((one, other) => at(wanted, one) - at(wanted, other));
    apart(rank.map((id) => at(wanted, id))).forEach((lane, place) => lanes.set(rank[place], lane));
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const rank of [...order].reverse()) pull(rank, ["after"]);
    for (const rank of order) pull(rank, ["before", "after"]);
  }
  return lanes;
}

/**
 * @param {number[]} wanted in order
 * @returns {number[]} as near to it as one lane between neighbours allows, from both sides
 */
function apart(wanted) {
  const rising = [...wanted];
  const falling = [...wanted];
  for (let place = 1; place < wanted.length; place += 1) {
    rising[place] = Math.max(wanted[place], rising[place - 1] + 1);
    const back = wanted.length - 1 - place;
    falling[back] = Math.min(wanted[back], falling[back + 1] - 1);
  }
  return rising.map((lane, place) => (lane + falling[place]) / 2);
}

/** @param {readonly LaidEdge[]} edges @returns {number[]} */
function bows(edges) {
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  edges.forEach(({ source, target }, place) => {
    const name = JSON.stringify([source, target]);
    alike.set(name, [...(alike.get(name) ?? []), place]);
  });
  const found = edges.map(() => 0);
  for (const places of alike.values()) {
    places.forEach((place, turn) => {
      found[place] = (turn - (places.length - 1) / 2) * 0.7;
    });
  }
  return found;
}
