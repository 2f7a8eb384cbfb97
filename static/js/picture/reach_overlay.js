/** Choosing a pixel of the network's input in the picture, and where it is there. */

import { element, svg } from "../shared/element.js";

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createReachOverlay(frame, { analysis, state, pixel_reach }) {
  const edge = svg("rect", { class: "reach-pixel-edge", width: 1, height: 1 });
  const mark = svg("rect", { class: "reach-pixel", width: 1, height: 1 });
  const drawing = svg("svg", { class: "reach-overlay", preserveAspectRatio: "none", "aria-hidden": "true" });
  drawing.append(edge, mark);
  // Also where the network looks past the picture's edge.
  const layer = element("div", { class: "reach-layer", attributes: { hidden: true } });
  layer.append(drawing);
  frame.append(layer);

  function fitting() {
    const { seen, image, phase } = analysis.get();
    return seen && seen.image === image && phase !== "problem" ? seen : null;
  }

  /** @param {PointerEvent} event */
  function chooseAt(event) {
    const seen = fitting();
    if (!seen) return;
    const { height, width } = seen.input_size;
    const box = drawing.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * width);
    if (row < 0 || column < 0 || row >= height || column >= width) pixel_reach.chooseCut();
    else pixel_reach.choose(row, column);
  }
  layer.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    layer.setPointerCapture(event.pointerId);
    chooseAt(event);
  });
  layer.addEventListener("pointermove", (event) => {
    if (layer.hasPointerCapture(event.pointerId)) chooseAt(event);
  });

  function update() {
    const { pixel } = state.get();
    const seen = fitting();
    layer.hidden = !seen || pixel === null;
    if (!seen || pixel === null) return;
    const { image_box, image_size, input_size } = seen;
    drawing.setAttribute("viewBox", `0 0 ${input_size.width} ${input_size.height}`);
    drawing.style.left = `${(100 * image_box.left) / image_size.width}%`;
    drawing.style.top = `${(100 * image_box.top) / image_size.height}%`;
    drawing.style.width = `${(100 * (image_box.right - image_box.left)) / image_size.width}%`;
    drawing.style.height = `${(100 * (image_box.bottom - image_box.top)) / image_size.height}%`;
    for (const node of [edge, mark]) {
      node.setAttribute("x", String(pixel[1]));
      node.setAttribute("y", String(pixel[0]));
    }
  }
  const ends = [analysis, state].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      layer.remove();
    },
  };
}
