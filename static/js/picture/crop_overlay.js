/** Draws over the picture which part of it reaches the network; beneath, what it is seen as. */

import { element, svg } from "../shared/element.js";

const CORNER_PX = 14;
const LONGEST_BAR_PX = 96;
const LONGEST_BAR_SHARE = 0.14;

/**
 * The longest round number of picture pixels that fits.
 *
 * @param {number} scale screen pixels for one pixel of the picture
 * @param {number} width of the picture, screen pixels
 */
function roundLength(scale, width) {
  const room = Math.min(LONGEST_BAR_PX, width * LONGEST_BAR_SHARE) / scale;
  const power = 10 ** Math.floor(Math.log10(room));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= room) ?? 1;
  return Math.max(1, factor * power);
}

/** @param {{left: number, top: number, right: number, bottom: number}} box */
function cornersPath({ left, top, right, bottom }) {
  const arm = Math.min(CORNER_PX, (right - left) / 3, (bottom - top) / 3);
  return [
    `M${left} ${top + arm}V${top}H${left + arm}`,
    `M${right - arm} ${top}H${right}V${top + arm}`,
    `M${right} ${bottom - arm}V${bottom}H${right - arm}`,
    `M${left + arm} ${bottom}H${left}V${bottom - arm}`,
  ].join("");
}

/** @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen */
export function createCropOverlay(frame) {
  const label = element("span", { class: "crop-label" });
  const bar_text = element("span", { class: "scale-bar-text" });
  const bar = element("span", { class: "scale-bar" });
  const bar_box = element(
    "div",
    { class: "scale", attributes: { "aria-hidden": "true" } },
    bar,
    bar_text,
  );
  const drawing = svg("svg", { class: "crop-drawing", "aria-hidden": "true" });
  const layer = element(
    "div",
    { class: "crop-overlay", attributes: { hidden: true } },
    // Beneath the picture, where they hide no pixel and no unit's field hides them.
    element("div", { class: "frame-foot" }, label, bar_box),
  );
  layer.prepend(drawing);
  frame.append(layer);

  return {
    /**
     * @param {import("../scores/analysis.js").Seen} seen
     * @param {import("../types.js").Size} size of the frame, screen pixels
     */
    draw({ image_box, image_size, input_size }, { width, height }) {
      const scale = width / image_size.width;
      const box = {
        left: Math.max(0, image_box.left * scale),
        top: Math.max(0, image_box.top * scale),
        right: Math.min(width, image_box.right * scale),
        bottom: Math.min(height, image_box.bottom * scale),
      };
      const whole =
        box.left < 1 && box.top < 1 && box.right > width - 1 && box.bottom > height - 1;
      drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const hole = `M${box.left} ${box.top}H${box.right}V${box.bottom}H${box.left}Z`;
      drawing.replaceChildren(
        svg("path", {
          class: "crop-outside",
          "fill-rule": "evenodd",
          d: `M0 0H${width}V${height}H0Z${hole}`,
        }),
        svg("path", { class: "crop-edge", d: hole }),
        svg("path", { class: "crop-corners", d: cornersPath(box) }),
      );
      const pixels = `${input_size.width} × ${input_size.height}`;
      label.textContent = whole ? `all of it, seen as ${pixels}` : `seen as ${pixels}`;
      label.title = `The network sees this part of the picture, as ${pixels} pixels`;
      const length_px = roundLength(scale, width);
      bar.style.width = `${length_px * scale}px`;
      bar_text.textContent = `${length_px} px`;
      bar_box.hidden = length_px * scale > LONGEST_BAR_PX; // a single pixel may be as long
      layer.hidden = false;
    },

    hide() {
      layer.hidden = true;
    },
  };
}
