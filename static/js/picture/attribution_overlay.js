/** Draws the chosen attribution over the picture, where the network's input lies in it. */

import { element } from "../shared/element.js";
import { paintHeat } from "../shared/heat.js";

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createAttributionOverlay(frame, { analysis, attribution, state }) {
  const canvas = element("canvas", { class: "why-overlay", attributes: { "aria-hidden": "true" } });
  canvas.hidden = true;
  // Beneath what is said about the crop.
  frame.firstElementChild?.after(canvas);
  /** @type {import("../shared/heat.js").Heat | null} */
  let painted = null;

  function update() {
    const { seen, image, phase } = analysis.get();
    const card = attribution.chosen();
    const shown = card ? attribution.shown(card) : null;
    const fits = seen && seen.image === image && phase !== "problem";
    // Another picture's map says nothing of this one; one that is being made anew is dimmed.
    const is_of_this = Boolean(card?.preview) || card?.answer?.document.image === image;
    canvas.classList.toggle("is-stale", card?.phase === "loading" && !card.preview);
    canvas.hidden = !shown || !fits || !is_of_this || state.get().lens !== "why" || frame.clientWidth === 0;
    canvas.dataset.method = canvas.hidden || !card ? "" : card.method.name;
    if (canvas.hidden || !shown || !seen) return;
    const { image_box, image_size } = seen;
    const across = frame.clientWidth / image_size.width;
    const down = frame.clientHeight / image_size.height;
    // What the network sees beyond the picture would cover what stands around it.
    const beyond = [
      -image_box.top * down,
      (image_box.right - image_size.width) * across,
      (image_box.bottom - image_size.height) * down,
      -image_box.left * across,
    ];
    const insets = beyond.map((length_px) => `${Math.max(0, length_px)}px`);
    canvas.style.clipPath = `inset(${insets.join(" ")})`;
    canvas.style.left = `${image_box.left * across}px`;
    canvas.style.top = `${image_box.top * down}px`;
    canvas.style.width = `${(image_box.right - image_box.left) * across}px`;
    canvas.style.height = `${(image_box.bottom - image_box.top) * down}px`;
    canvas.style.opacity = String(attribution.opacity.get());
    if (shown.heat === painted) return;
    painted = shown.heat;
    paintHeat(canvas, shown.heat);
  }

  const resizing = new ResizeObserver(update);
  resizing.observe(frame);
  const ends = [attribution, attribution.opacity, analysis, state].map((source) =>
    source.subscribe(update),
  );
  update();

  return {
    destroy() {
      for (const end of ends) end();
      resizing.disconnect();
      canvas.remove();
    },
  };
}
