/** The chosen pixel of the input: where it lies, and how much of every layer it reaches. */

import { button, element, setText } from "../../shared/element.js";
import { formatFixed } from "../../shared/format.js";
import { createNumberField } from "../../shared/number_field.js";
import { createReachList } from "../../shared/reach_list.js";
import { reachedText } from "../../shared/reached.js";
import { term } from "../../shared/term.js";
import { createWaiting } from "../../shared/waiting.js";

/** @param {number} value */
const place = (value) => formatFixed(value, Number.isInteger(value) ? 0 : 1);

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createPixelPanelView(parent, { state, api, analysis, network, pixel_reach }) {
  const title = element("h3", { class: "pixel-title" });
  const close = button("×", () => pixel_reach.toggle(), {
    class: "button button-quiet button-mark pixel-close",
    title: "Choose no pixel any more",
    attributes: { "aria-label": "Choose no pixel any more" },
  });
  const picture = element("img", { class: "reach-input-picture", attributes: { alt: "" } });
  const mark = element("span", { class: "reach-input-mark", attributes: { "aria-hidden": "true" } });
  const input = element("div", { class: "reach-input" }, picture, mark);
  const fields = element("div", { class: "reach-fields" });
  const here = element("p", { class: "reach-here", attributes: { role: "status" } });
  const waiting = createWaiting({ is_over: true });
  const again = button("Try again", pixel_reach.reload, {
    class: "button button-small",
    attributes: { hidden: true },
  });
  const named = element("p", { class: "quiet reach-note" }, "Its ", term("projective-field", "projective field"), ", layer by layer:");
  const note = element("p", { class: "quiet reach-note" });
  const rows = element("div", { class: "reach-rows" });
  parent.append(
    element("div", { class: "reach-left" }, input, fields),
    element("div", { class: "reach-right" }, element("div", { class: "pixel-head" }, title, close), element("div", { class: "reach-said" }, here, again, waiting.node), named, rows, note),
  );
  const list = createReachList(rows, {
    label: "What the pixel reaches, layer by layer",
    opener: (layer_id, text) =>
      button(text, () => network.select(layer_id), { class: "link", title: `Open ${layer_id}` }),
  });

  /** @param {PointerEvent} event */
  function chooseAt(event) {
    const { detail } = network.get();
    if (!detail) return;
    const { height, width } = detail.input_size;
    const box = input.getBoundingClientRect();
    /** @param {number} share @param {number} size */
    const index = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
    pixel_reach.choose(
      index((event.clientY - box.top) / box.height, height),
      index((event.clientX - box.left) / box.width, width),
    );
  }
  input.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    input.setPointerCapture(event.pointerId);
    chooseAt(event);
  });
  input.addEventListener("pointermove", (event) => {
    if (input.hasPointerCapture(event.pointerId)) chooseAt(event);
  });

  /** @type {import("../../shared/number_field.js").NumberField[]} */
  let numbers = [];
  let sized = "";
  /** @param {{height: number, width: number}} size  As long as the input's sides. */
  function makeFields({ height, width }) {
    const key = `${height} ${width}`;
    if (key === sized) return;
    sized = key;
    numbers = [height, width].map((size, axis) =>
      createNumberField({
        label: axis === 0 ? "row" : "column",
        low: 0,
        high: size - 1,
        step: 1,
        value: 0,
        onChange(value) {
          const [row, column] = state.get().pixel ?? [0, 0];
          if (axis === 0) pixel_reach.choose(value, column);
          else pixel_reach.choose(row, value);
        },
      }),
    );
    fields.replaceChildren(...numbers.map(({ node }) => node));
  }

  /** Where a pixel of the input lies in the file. @param {[number, number]} pixel */
  function originText([row, column]) {
    const { seen, image } = analysis.get();
    const { detail } = network.get();
    if (!seen || seen.image !== image || seen.model !== detail?.id) return "";
    const { image_box: box, image_size, input_size } = seen;
    const down = (box.bottom - box.top) / input_size.height;
    const across = (box.right - box.left) / input_size.width;
    const [top, left] = [box.top + row * down, box.left + column * across];
    const [bottom, right] = [top + down, left + across];
    const size = `${input_size.height} × ${input_size.width}`;
    const of = `A pixel of what the network sees (${size}), not of the file.`;
    if (bottom <= 0 || right <= 0 || top >= image_size.height || left >= image_size.width) {
      return `${of} It lies outside the picture, in the margin that was added.`;
    }
    const where = `rows ${place(top)} to ${place(bottom)}, columns ${place(left)} to ${place(right)}`;
    const is_exact = [top, left, down, across].every(Number.isInteger) && down === 1 && across === 1;
    const mixed = is_exact ? "" : " Resizing mixes in a little of what is around.";
    return `${of} In the picture it covers ${where}.${mixed}`;
  }

  /** @param {import("../../types.js").ReachedLayer} found */
  function hereText(found) {
    if (!found.box) {
      return found.layer === "input"
        ? ""
        : `No unit of ${found.layer} reads this pixel: no window on the way holds it.`;
    }
    const { height, width, box, touched_fraction } = found;
    const text = `${found.layer}: ${reachedText(found)}`;
    if (height * width === 1) return `${text}.`;
    const where = `rows ${box.top} to ${box.bottom - 1}, columns ${box.left} to ${box.right - 1}`;
    return `${text}, ${where}${touched_fraction < 1 ? ", with gaps" : ""}.`;
  }

  function notes() {
    const { pixel, layers, first_gate } = pixel_reach.get();
    if (!pixel || layers.size === 0) return "";
    const gate = first_gate
      ? ` From ${first_gate} on, gates see the whole input and carry every pixel to every unit; they are left out here.`
      : "";
    return originText(pixel) + gate;
  }

  let listed = /** @type {unknown} */ (null);

  function update() {
    const { pixel, is_outside, is_cut, layers, is_asking, is_stopped, problem } = pixel_reach.get();
    waiting.show(is_asking ? "Finding what it reaches" : null, {
      stop: pixel_reach.stop,
      again: is_stopped ? pixel_reach.reload : null,
    });
    const { detail } = network.get();
    parent.hidden = pixel === null;
    if (pixel === null || !detail) return;
    const [row, column] = pixel;
    const { height, width } = detail.input_size;
    makeFields(detail.input_size);
    numbers.forEach((field, axis) => field.show(pixel[axis]));
    setText(title, `Where pixel ${row}, ${column} goes`);
    mark.hidden = is_outside;
    mark.style.top = `${(100 * row) / height}%`;
    mark.style.left = `${(100 * column) / width}%`;
    mark.style.width = `${100 / width}%`;
    mark.style.height = `${100 / height}%`;
    input.style.aspectRatio = `${width} / ${height}`;
    input.classList.toggle("is-pixelated", width <= 96);
    showPicture();
    const found = layers.get(network.selectedId() ?? "");
    const text = is_cut
      ? "That part of the picture is cut away: the network does not see it, and it reaches nothing."
      : is_outside
        ? `The input has the rows 0 to ${height - 1} and the columns 0 to ${width - 1}.`
        : (problem?.message ?? (found ? hereText(found) : is_asking ? "…" : ""));
    setText(here, text);
    here.classList.toggle("is-problem", problem !== null);
    again.hidden = problem === null;
    setText(note, notes());
    if (listed !== layers) list.show([...layers.values()]);
    listed = layers;
    list.mark(network.selectedId());
  }

  function showPicture() {
    const { phase, seen } = analysis.get();
    if (phase === "loading") return;
    picture.hidden = phase !== "ready" || !seen || seen.image === null;
    if (picture.hidden || !seen || seen.image === null) return;
    const url = api.inputUrl(seen.model, seen.image, "png");
    if (picture.getAttribute("src") !== url) picture.src = url;
  }

  const ends = [pixel_reach, state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
