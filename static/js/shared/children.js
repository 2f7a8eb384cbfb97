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
