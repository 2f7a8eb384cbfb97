/** Outlines over the picture the boxes of the input that the lens "What if" has blanked. */

import { svg } from "../shared/element.js";

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createBlankOverlay(frame, { analysis, state }) {
  const drawing = svg("svg", {
    class: "blank-overlay",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  frame.append(drawing);

  function update() {
    const { seen, image, phase } = analysis.get();
    const { lens, interventions } = state.get();
    const fits = seen && seen.image === image && phase !== "problem";
    const boxes = interventions.flatMap((each) => (each.kind === "blank" ? [each] : []));
    if (!fits || lens !== "what-if" || boxes.length === 0) {
      drawing.replaceChildren();
      return;
    }
    const { image_box, image_size, input_size } = seen;
    drawing.setAttribute("viewBox", `0 0 ${input_size.width} ${input_size.height}`);
    drawing.style.left = `${(100 * image_box.left) / image_size.width}%`;
    drawing.style.top = `${(100 * image_box.top) / image_size.height}%`;
    drawing.style.width = `${(100 * (image_box.right - image_box.left)) / image_size.width}%`;
    drawing.style.height = `${(100 * (image_box.bottom - image_box.top)) / image_size.height}%`;
    drawing.replaceChildren(
      ...boxes.map(({ top, left, bottom, right }) =>
        svg("rect", { x: left, y: top, width: right - left, height: bottom - top }),
      ),
    );
  }

  const ends = [analysis, state].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      drawing.remove();
    },
  };
}
