/** A drawing that is as wide as its place, so that its letters are as large as all others. */

import { svg } from "../../shared/element.js";

/**
 * @param {HTMLElement} parent
 * @param {number} height in pixels
 * @param {(drawing: SVGSVGElement, width: number) => void} draw fills the drawing, which is empty
 * @returns {() => void} has it drawn again with the next frame, however often it is asked for
 */
export function createDrawing(parent, height, draw) {
  const drawing = svg("svg", { class: "loss-drawing", role: "img", height });
  parent.append(drawing);
  let width = 0;
  let frame = 0;

  function again() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (width === 0) return; // nobody has seen its place yet
      drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
      drawing.setAttribute("width", String(width));
      drawing.replaceChildren();
      draw(drawing, width);
    });
  }
  new ResizeObserver(() => {
    width = parent.clientWidth;
    again();
  }).observe(parent);
  return again;
}
