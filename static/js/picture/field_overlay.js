/** Draws over a picture where the unit in hand looks: boxes, what is really read, the gradient. */

import { element, svg } from "../shared/element.js";
import { clipped } from "../shared/field_geometry.js";

/** @typedef {import("../types.js").Box} Box */

const HEAT = [255, 216, 77];
const READ = [88, 201, 196];

/**
 * The outline of a set of pixels.
 *
 * @param {Uint8Array} inside 0 for pixels that are not
 * @param {number} height
 * @param {number} width
 * @returns {string} a path in pixels
 */
export function outline(inside, height, width) {
  /** @param {number} row @param {number} column */
  const has = (row, column) =>
    row >= 0 && column >= 0 && row < height && column < width && inside[row * width + column] > 0;
  const parts = [];
  for (let row = 0; row <= height; row += 1) {
    let from = -1;
    for (let column = 0; column <= width; column += 1) {
      const is_edge = column < width && has(row, column) !== has(row - 1, column);
      if (is_edge && from < 0) from = column;
      if (!is_edge && from >= 0) {
        parts.push(`M${from} ${row}H${column}`);
        from = -1;
      }
    }
  }
  for (let column = 0; column <= width; column += 1) {
    let from = -1;
    for (let row = 0; row <= height; row += 1) {
      const is_edge = row < height && has(row, column) !== has(row, column - 1);
      if (is_edge && from < 0) from = row;
      if (!is_edge && from >= 0) {
        parts.push(`M${column} ${from}V${row}`);
        from = -1;
      }
    }
  }
  return parts.join("");
}

/** @param {Box} box */
const rectangle = ({ top, left, bottom, right }) => `M${left} ${top}H${right}V${bottom}H${left}Z`;

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createFieldOverlay(frame, { state, analysis, network, unit_field }) {
  const canvas = element("canvas", { class: "field-heat" });
  const padding = svg("path", { class: "field-padding", "fill-rule": "evenodd" });
  const theory = svg("path", { class: "field-theory" });
  const contour = svg("path", { class: "field-contour" });
  const reached_edge = svg("path", { class: "field-reached-edge" });
  const reached = svg("path", { class: "field-reached" });
  const place = svg("g", {}, padding, theory, contour, reached_edge, reached);
  const drawing = svg("svg", { class: "field-drawing" }, place);
  const layer = element("div", {
    class: "field-overlay",
    attributes: { "aria-hidden": "true", hidden: true },
  });
  layer.append(canvas, drawing);
  frame.append(layer);

  /** Where the input lies in the frame. @param {import("../scores/analysis.js").Seen} seen */
  function placement({ image_box, image_size, input_size }) {
    const scale_x = frame.clientWidth / image_size.width;
    const scale_y = frame.clientHeight / image_size.height;
    return {
      left: image_box.left * scale_x,
      top: image_box.top * scale_y,
      across: ((image_box.right - image_box.left) * scale_x) / input_size.width,
      down: ((image_box.bottom - image_box.top) * scale_y) / input_size.height,
    };
  }

  /** @param {SVGPathElement} path @param {string} shape */
  const draw = (path, shape) => path.setAttribute("d", shape);

  let painted_heat = /** @type {unknown} */ (null);
  let painted_mask = /** @type {unknown} */ (null);

  /** @param {import("../types.js").Size} size of the input */
  function paintPixels({ height, width }) {
    const { mask, heat, pointed, passed } = unit_field.get();
    const { shows, lens } = state.get();
    // There another map is drawn over the picture.
    const is_covered = pointed !== null || passed !== null || lens === "why";
    const shown_heat = is_covered ? null : heat;
    const shown_mask = is_covered || !shows.includes("support") ? null : mask;
    canvas.hidden = !shown_heat && !shown_mask;
    if (shown_heat === painted_heat && shown_mask === painted_mask) return;
    painted_heat = shown_heat;
    painted_mask = shown_mask;
    draw(contour, shown_heat ? outline(shown_heat.contour, height, width) : "");
    if (canvas.hidden) return;
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      const is_read = shown_mask !== null && shown_mask[pixel] > 0;
      const share = shown_heat ? Math.sqrt(shown_heat.codes[pixel] / 255) : 0;
      const colour = share > 0 || !is_read ? HEAT : READ;
      image.data.set(colour, pixel * 4);
      image.data[pixel * 4 + 3] = Math.max(share * 215, is_read ? 110 : 0);
    }
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  }

  function update() {
    const { seen, image, phase } = analysis.get();
    const { detail } = network.get();
    const { theoretical, reached: box } = unit_field.get();
    const fits = seen && seen.image === image && seen.model === detail?.id;
    const hidden = !fits || phase === "problem" || (!theoretical && !box) || !frame.clientWidth;
    layer.hidden = hidden;
    layer.dataset.theoretical = theoretical && !hidden ? JSON.stringify(theoretical) : "";
    layer.dataset.reached = box && !hidden ? JSON.stringify(box) : "";
    if (hidden || !seen) return;
    const { left, top, across, down } = placement(seen);
    const { input_size } = seen;
    place.setAttribute("transform", `translate(${left} ${top}) scale(${across} ${down})`);
    canvas.style.left = `${left}px`;
    canvas.style.top = `${top}px`;
    canvas.style.width = `${across * input_size.width}px`;
    canvas.style.height = `${down * input_size.height}px`;
    const shown = theoretical && state.get().shows.includes("theory") ? theoretical : null;
    draw(theory, shown ? rectangle(shown) : "");
    const inside = shown ? clipped(shown, input_size) : null;
    draw(padding, shown && inside ? rectangle(shown) + rectangle(inside) : "");
    for (const path of [reached, reached_edge]) draw(path, box ? rectangle(box) : "");
    paintPixels(input_size);
  }

  const resizing = new ResizeObserver(update);
  resizing.observe(frame);
  const ends = [unit_field, analysis, network, state].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      resizing.disconnect();
      layer.remove();
    },
  };
}
