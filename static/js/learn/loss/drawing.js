/** A drawing that is as wide as its place, so that its letters are as large as all others. */

import { svg } from "../../shared/element.js";

/**
 * @param {HTMLElement} parent
 * @param {number} height in pixels
 * @param {(drawing: SVGSVGElement, width: number) => void} draw fills the drawing, which is empty
 * @returns {() => void} draws again
 */
export function createDrawing(parent, height, draw) {
  const drawing = svg("svg", { class: "loss-drawing", role: "img", height });
  parent.append(drawing);

  function again() {
    const width = Math.max(240, parent.clientWidth);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("width", String(width));
    drawing.replaceChildren();
    draw(drawing, width);
  }
  new ResizeObserver(again).observe(parent);
  return again;
}
