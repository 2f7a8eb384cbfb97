/** Changing what stands in a list without touching what stays there. */

/**
 * What is taken out and put back loses the focus and the press that is on it, so that a click is
 * lost while an answer comes in: children that stay are not moved.
 *
 * @param {Element} parent
 * @param {Node[]} children each once, in their order
 * @returns {boolean} whether anything changed
 */
export function setChildren(parent, children) {
  const wanted = new Set(children);
  let has_changed = false;
  for (const child of [...parent.childNodes]) {
    if (wanted.has(child)) continue;
    child.remove();
    has_changed = true;
  }
  let next = parent.firstChild;
  for (const child of children) {
    if (child === next) {
      next = next.nextSibling;
      continue;
    }
    parent.insertBefore(child, next);
    has_changed = true;
  }
  return has_changed;
}

/** What children looked like as they were made: an open term looks otherwise by now. @type {WeakMap<Node, Node>} */
const looks = new WeakMap();

/** @param {Node | string} child */
function looked(child) {
  const node = typeof child === "string" ? document.createTextNode(child) : child;
  looks.set(node, node.cloneNode(true));
  return node;
}

/** @param {Node | undefined} known @param {Node} made */
const isAlike = (known, made) => known !== undefined && looks.get(made)?.isEqualNode(looks.get(known) ?? null);

/**
 * Children made anew, for a list of facts: those that look as the ones in their place stay out, so
 * that a term stays open. What can be clicked in them must follow from how it looks.
 *
 * @param {Element} parent
 * @param {(Node | string)[]} children
 */
export function setFacts(parent, children) {
  const before = [...parent.childNodes];
  const nodes = children.map(looked);
  setChildren(parent, nodes.map((node, place) => (isAlike(before[place], node) ? before[place] : node)));
}

/**
 * Children made anew, for a notice with buttons: while its words are the same, all of it stays.
 *
 * @param {Element} parent
 * @param {(Node | string)[]} children
 */
export function setNotice(parent, children) {
  const before = [...parent.childNodes];
  const nodes = children.map(looked);
  const is_same = before.length === nodes.length && nodes.every((node, place) => isAlike(before[place], node));
  if (!is_same) parent.replaceChildren(...nodes);
}
