/** Where a card stands so that it does not cover what it is about. */

const GAP_PX = 12;

/**
 * Right of it, else left, beneath or above; where there is no room on any side, in its lower right
 * corner.
 *
 * @param {DOMRect} target
 * @param {HTMLElement} card that stands at the window's upper left corner
 * @returns {string} a transform: moved so, it pushes nothing and counts as no shift of the layout
 */
export function placeBeside(target, card) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const { clientWidth: whole_width, clientHeight: whole_height } = document.documentElement;
  /** @param {number} value @param {number} end */
  const within = (value, end) => Math.max(GAP_PX, Math.min(value, end - GAP_PX));
  const top = within(target.top, whole_height - height);
  const left = within(target.left, whole_width - width);
  const places = [
    { x: target.right + GAP_PX, y: top },
    { x: target.left - GAP_PX - width, y: top },
    { x: left, y: target.bottom + GAP_PX },
    { x: left, y: target.top - GAP_PX - height },
  ];
  const free = places.find(
    ({ x, y }) => x >= 0 && y >= 0 && x + width <= whole_width && y + height <= whole_height,
  );
  const { x, y } = free ?? {
    x: within(target.right - width, whole_width - width),
    y: within(target.bottom - height, whole_height - height),
  };
  return `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}
