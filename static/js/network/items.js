/** What of a network is in sight: single layers, folded blocks, and the heads of open ones. */

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Layer} Layer */

/**
 * @typedef {object} Item
 * @property {string} key unique among the items
 * @property {"layer" | "block" | "head"} kind head: where an open block begins
 * @property {Layer} layer itself; of a block its last
 * @property {Block | null} block
 * @property {number} order place in the execution, a head before what it opens
 * @property {string} name without the path of the open block around it
 * @property {string[]} layer_ids what it stands for; of a head what is inside
 * @property {string[]} heads keys of the open blocks around it, outermost first
 *
 * @typedef {{from: string, to: string}} Link keys of items
 */

/** Beyond so many items the blocks deeper inside stay folded until someone opens them. */
const COMFORTABLE_COUNT = 60;

/**
 * A tree in which every block is worth folding: blocks around a single thing are left out.
 *
 * @param {Block} block
 * @returns {Block}
 */
export function simplified(block) {
  const children = block.children.map((child) => {
    if (typeof child === "string") return child;
    const inner = simplified(child);
    return inner.children.length === 1 ? inner.children[0] : inner;
  });
  return { ...block, children };
}

/** @param {Block} block @returns {Generator<Block>} all blocks inside, outer ones first */
function* blocksInside(block) {
  for (const child of block.children) {
    if (typeof child !== "string") {
      yield child;
      yield* blocksInside(child);
    }
  }
}

/** @param {Block} root */
export const allPaths = (root) => [...blocksInside(root)].map(({ path }) => path);

/**
 * The blocks that are open unless someone folds them: level by level while all stays comfortable.
 *
 * @param {Block} root
 * @returns {Set<string>} paths
 */
export function openByDefault(root) {
  /** @type {Set<string>} */
  const open = new Set();
  let count = root.children.length;
  let level = root.children;
  for (;;) {
    const blocks = level.filter((child) => typeof child !== "string");
    const more = blocks.flatMap(({ children }) => children);
    count += more.length;
    if (blocks.length === 0 || count > COMFORTABLE_COUNT) return open;
    for (const { path } of blocks) open.add(path);
    level = more;
  }
}

/**
 * The blocks around a layer, outermost first.
 *
 * @param {Block} root
 * @param {string} layer_id
 * @returns {string[] | null} null: it is not inside
 */
export function pathsAround(root, layer_id) {
  for (const child of root.children) {
    if (child === layer_id) return [];
    if (typeof child !== "string") {
      const inner = pathsAround(child, layer_id);
      if (inner) return [child.path, ...inner];
    }
  }
  return null;
}

/** @param {Block} block @returns {string[]} */
function layersInside(block) {
  return block.children.flatMap((child) => (typeof child === "string" ? child : layersInside(child)));
}

/**
 * @param {Map<string, Layer>} by_id in execution order
 * @param {Block} root simplified
 * @param {(path: string) => boolean} isOpen
 * @returns {{items: Item[], links: Link[]}} items in execution order; links once each
 */
export function itemsInSight(by_id, root, isOpen) {
  const order = new Map([...by_id.keys()].map((id, index) => [id, index]));
  /** @type {Item[]} */
  const items = [];
  /** Where each layer is drawn, and inside which open blocks. */
  const places = new Map(/** @type {[string, {item: Item, heads: Item[]}][]} */ ([]));

  /** @param {string} id @param {string} path of the block around it */
  const nameIn = (id, path) => (path && id.startsWith(`${path}.`) ? id.slice(path.length + 1) : id);

  /** @param {Omit<Item, "heads">} bare @param {Item[]} heads */
  function place(bare, heads) {
    const item = { ...bare, heads: heads.map(({ key }) => key) };
    items.push(item);
    for (const id of item.layer_ids) places.set(id, { item, heads });
  }

  /** @param {Block} block @param {Item[]} heads */
  function visit(block, heads) {
    for (const child of block.children) {
      const name = nameIn(typeof child === "string" ? child : child.path, block.path);
      if (typeof child === "string") {
        const layer = /** @type {Layer} */ (by_id.get(child));
        const at = /** @type {number} */ (order.get(child));
        place(
          { key: child, kind: "layer", layer, block: null, order: at, name, layer_ids: [child] },
          heads,
        );
        continue;
      }
      const ids = layersInside(child);
      const positions = ids.map((id) => /** @type {number} */ (order.get(id)));
      const last = ids[positions.indexOf(Math.max(...positions))];
      const layer = /** @type {Layer} */ (by_id.get(last));
      const first = Math.min(...positions);
      const key = `block ${child.path}`;
      if (!isOpen(child.path)) {
        place({ key, kind: "block", layer, block: child, order: first, name, layer_ids: ids }, heads);
        continue;
      }
      /** @type {Item} */
      const head = {
        key,
        kind: "head",
        layer,
        block: child,
        order: first - 0.5 + heads.length * 0.01,
        name,
        layer_ids: ids,
        heads: heads.map((around) => around.key),
      };
      items.push(head);
      visit(child, [...heads, head]);
    }
  }

  const input = [...by_id.values()][0];
  place(
    {
      key: input.id,
      kind: "layer",
      layer: input,
      block: null,
      order: 0,
      name: input.id,
      layer_ids: [input.id],
    },
    [],
  );
  visit(root, []);
  items.sort((one, other) => one.order - other.order);
  return { items, links: linksBetween(by_id, places) };
}

/**
 * What a layer reads from outside its open blocks it reads through their heads.
 *
 * @param {Map<string, Layer>} by_id
 * @param {Map<string, {item: Item, heads: Item[]}>} places
 * @returns {Link[]}
 */
function linksBetween(by_id, places) {
  /** @type {Map<string, Link>} */
  const links = new Map();
  /** @param {Item} from @param {Item} to */
  const link = (from, to) => links.set(`${from.key} > ${to.key}`, { from: from.key, to: to.key });

  for (const layer of by_id.values()) {
    const here = places.get(layer.id);
    if (!here) continue;
    for (const source_id of layer.inputs) {
      const there = places.get(source_id);
      if (!there || there.item === here.item) continue;
      let from = there.item;
      for (const head of here.heads) {
        // A block that is entered a second time is not entered through its head.
        if (there.heads.includes(head) || from.order >= head.order) continue;
        link(from, head);
        from = head;
      }
      link(from, here.item);
    }
  }
  return [...links.values()];
}
