/** Drawing as wide as a place is, where what is drawn decides how high the place gets. */

/**
 * Draws when the place is first seen, and again whenever its width changes, before it is painted.
 *
 * A place that grows while its observer draws is a change that cannot be told in the same frame:
 * browsers call that an error ("ResizeObserver loop"). So the observer looks away until the next.
 *
 * @param {HTMLElement} place
 * @param {(width: number) => void} draw takes the width in px, never 0
 */
export function onWidth(place, draw) {
  let width = 0;
  const observer = new ResizeObserver(() => {
    if (place.clientWidth === 0 || place.clientWidth === width) return;
    width = place.clientWidth;
    observer.unobserve(place);
    draw(width);
    requestAnimationFrame(() => observer.observe(place));
  });
  observer.observe(place);
}
