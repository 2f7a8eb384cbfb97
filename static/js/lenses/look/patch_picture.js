/** A part of the picture in its own pixels. */

import { element } from "../../shared/element.js";
import { decodePicture } from "../../shared/page_return.js";

/** Sides of what is drawn, in pixels of the canvas: small parts are enlarged without blurring. */
const LARGEST_SIDE = 320;
const BLURRED_FROM = 120;

/** @param {import("../../page_types.js").Context} context */
export function createPatchPicture({ api }) {
  const canvas = element("canvas", {
    class: "look-patch-picture",
    attributes: { role: "img", "aria-label": "The patch of the picture that they see" },
  });
  let wanted = "";

  /** @param {import("../../types.js").Reactions | null} answer */
  async function show(answer) {
    const box = answer?.image_box ?? null;
    wanted = answer && box ? JSON.stringify([answer.image, box]) : "";
    const mine = wanted;
    canvas.classList.toggle("is-invisible", !box);
    if (!answer || !box || canvas.dataset.shown === mine) return;
    const picture = new Image();
    picture.src = api.imageUrl(answer.image);
    try {
      await decodePicture(picture);
    } catch {
      return; // the stage says what became of the picture
    }
    if (mine !== wanted) return;
    const [height, width] = [box.bottom - box.top, box.right - box.left];
    const scale = LARGEST_SIDE / Math.max(height, width);
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const drawing = canvas.getContext("2d");
    if (!drawing) return;
    drawing.imageSmoothingEnabled = Math.max(height, width) > BLURRED_FROM;
    // Drawn whole, as browsers do not agree on parts that reach past the picture's edge.
    drawing.setTransform(scale, 0, 0, scale, -box.left * scale, -box.top * scale);
    drawing.drawImage(picture, 0, 0);
    canvas.dataset.shown = mine;
    canvas.dataset.box = JSON.stringify(box);
  }

  return {
    canvas,
    show,
    destroy() {
      wanted = "";
    },
  };
}
