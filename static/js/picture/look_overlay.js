/** Pointing at the picture: the cross that follows, the place that was chosen, and what to do. */

import { element, setText, svg } from "../shared/element.js";
import { boxesAtOnce } from "../shared/field_geometry.js";
import { inputPoint, placeNearest } from "../shared/places.js";

/** @typedef {{y: number, x: number}} Point  of the picture, in its pixels */

const STRIDE = 5;
/** How far an arrow key moves the cross, of the longer side. */
const STEP_SHARE = 1 / 100;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createLookOverlay(frame, { analysis, state, network, look }) {
  const aim = element("span", { class: "look-aim", attributes: { hidden: true } });
  const box = element("span", { class: "look-box", attributes: { hidden: true } });
  const cross = element("span", { class: "look-cross", attributes: { hidden: true } });
  const mark = svg(
    "svg",
    { class: "look-mark", viewBox: "-12 -12 24 24", "aria-hidden": "true" },
    ...["look-mark-edge", "look-mark-line"].map((name) =>
      svg("path", { class: name, d: "M0-11V-4M0 11V4M-11 0H-4M11 0H4M-7 0A7 7 0 1 0 7 0A7 7 0 1 0-7 0Z" }),
    ),
  );
  const said = element("span", { class: "visually-hidden", attributes: { role: "status" } });
  const layer = element(
    "div",
    {
      class: "look-layer",
      attributes: {
        hidden: true,
        tabindex: 0,
        role: "application",
        "aria-label": "Point at the picture: the arrow keys move a cross, Enter asks which channels look there",
        title: "Click: which channels look here?",
      },
    },
    box,
    aim,
    cross,
  );
  layer.append(mark);
  const hint = element("span", {
    class: "look-hint",
    text: "Click: who looks here?",
    attributes: { "aria-hidden": "true", hidden: true },
  });
  frame.append(layer, hint, said);

  /** Where the keys have brought the cross. @type {Point | null} */
  let at = null;

  function fitting() {
    const { seen, image, phase } = analysis.get();
    return seen && seen.image === image && phase !== "problem" ? seen : null;
  }

  /** @param {MouseEvent} event @param {import("../types.js").Size} size @returns {Point} */
  function pointOf(event, { height, width }) {
    const shown = frame.getBoundingClientRect();
    return {
      y: within(((event.clientY - shown.top) / shown.height) * height, height),
      x: within(((event.clientX - shown.left) / shown.width) * width, width),
    };
  }

  /** @param {Point | null} point */
  function choose(point) {
    if (point) look.at(Math.floor(point.y), Math.floor(point.x));
  }

  /**
   * A box of the input over the picture.
   *
   * @param {HTMLElement} node
   * @param {import("../types.js").Box | null} area
   * @param {import("../scores/analysis.js").Seen} seen
   */
  function place(node, area, { image_box, image_size, input_size }) {
    node.hidden = area === null;
    if (!area) return;
    const down = (image_box.bottom - image_box.top) / input_size.height;
    const across = (image_box.right - image_box.left) / input_size.width;
    node.style.top = `${(100 * (image_box.top + area.top * down)) / image_size.height}%`;
    node.style.left = `${(100 * (image_box.left + area.left * across)) / image_size.width}%`;
    node.style.height = `${(100 * (area.bottom - area.top) * down) / image_size.height}%`;
    node.style.width = `${(100 * (area.right - area.left) * across) / image_size.width}%`;
  }

  /**
   * What a unit there would see, before anybody is asked.
   *
   * @param {Point | null} point
   * @param {import("../scores/analysis.js").Seen} seen
   */
  function boxThere(point, seen) {
    const open = network.selected();
    if (!open || !point || open.output_shape.length < 3) return null;
    const on = inputPoint(point, seen);
    const { height, width } = seen.input_size;
    if (on.y < 0 || on.x < 0 || on.y >= height || on.x >= width) return null;
    return boxesAtOnce(open, placeNearest(open, on, seen.input_size), seen.input_size).reached;
  }

  /** @param {Point | null} point */
  function showAim(point) {
    const seen = fitting();
    if (seen) place(aim, boxThere(point, seen), seen);
    else aim.hidden = true;
  }

  /** @param {SVGElement | HTMLElement} node @param {Point} point @param {import("../types.js").Size} size */
  function put(node, point, size) {
    node.style.top = `${(100 * point.y) / size.height}%`;
    node.style.left = `${(100 * point.x) / size.width}%`;
  }

  layer.addEventListener("pointermove", (event) => {
    const seen = fitting();
    if (seen && event.pointerType === "mouse") showAim(pointOf(event, seen.image_size));
  });
  layer.addEventListener("pointerleave", () => showAim(null));
  layer.addEventListener("click", (event) => {
    const seen = fitting();
    if (!seen) return;
    showAim(null);
    choose(pointOf(event, seen.image_size));
  });

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const seen = fitting();
    if (!seen || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (!arrow && (event.key !== "Enter" || !at)) return;
    // The page's own arrows walk the unit.
    event.preventDefault();
    event.stopPropagation();
    if (!arrow) {
      choose(at);
      return;
    }
    const { height, width } = seen.image_size;
    const step = Math.max(1, Math.max(height, width) * STEP_SHARE) * (event.shiftKey ? STRIDE : 1);
    const from = at ?? { y: height / 2, x: width / 2 };
    at = { y: within(from.y + arrow[0] * step, height), x: within(from.x + arrow[1] * step, width) };
    showKeys();
  }
  layer.addEventListener("keydown", onKey);
  layer.addEventListener("focus", () => {
    const { look: chosen } = state.get();
    const size = fitting()?.image_size;
    if (!size || !layer.matches(":focus-visible")) return;
    at ??= chosen ? { y: chosen[0] + 0.5, x: chosen[1] + 0.5 } : { y: size.height / 2, x: size.width / 2 };
    showKeys();
  });
  layer.addEventListener("blur", () => {
    cross.hidden = true;
    showAim(null);
  });

  function showKeys() {
    const seen = fitting();
    cross.hidden = !at || !seen;
    if (!at || !seen) return;
    put(cross, at, seen.image_size);
    showAim(at);
    setText(said, `row ${Math.floor(at.y)}, column ${Math.floor(at.x)} of the picture`);
  }

  let shown_image = "";
  function update() {
    const seen = fitting();
    const { pixel, look: chosen } = state.get();
    layer.hidden = !seen || seen.image === null || pixel !== null || network.get().detail === null;
    hint.hidden = layer.hidden;
    if (layer.hidden || !seen) return;
    if (seen.image !== shown_image) at = null;
    shown_image = seen.image ?? "";
    mark.toggleAttribute("hidden", chosen === null);
    mark.dataset.at = chosen ? chosen.join(",") : "";
    const point = chosen ? { y: chosen[0] + 0.5, x: chosen[1] + 0.5 } : null;
    if (point) put(mark, point, seen.image_size);
    place(box, look.get().answer?.input_box ?? boxThere(point, seen), seen);
  }
  const ends = [analysis, state, network, look].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      for (const node of [layer, hint, said]) node.remove();
    },
  };
}

/** @param {number} value @param {number} length @returns {number} inside the picture's pixels */
const within = (value, length) => Math.min(Math.max(value, 0), length - 1e-6);
