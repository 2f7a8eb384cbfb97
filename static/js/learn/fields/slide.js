/** A patch that slides over the picture, and one unit that changes only where it sees it. */

import { byId, element, setText } from "../../shared/element.js";
import { formatExact, formatFixed } from "../../shared/format.js";
import { theoreticalBox } from "../../shared/field_geometry.js";
import { createLatest } from "../../shared/latest.js";
import { createNumberField } from "../../shared/number_field.js";
import { createStepper } from "../../shared/stepper.js";
import { pageAddress } from "../parts/links.js";
import { fieldOf } from "../parts/picture_network.js";
import { areaOf, meet, placeOver, within } from "./boxes.js";
import { createInputPicture } from "./input_picture.js";
import { createSlidePlot } from "./slide_plot.js";

/** From one place to the next when the patch slides by itself, px. */
const STEP_PX = 8;
const GREY = "#808080";
const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});
const WHAT = /** @type {const} */ (["unit", "left", "top", "size", "patch"]);

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("../../types.js").ModelDetail} detail
 * @param {import("../../types.js").Layer[]} layers with windows
 * @param {object} parts
 * @param {import("./strongest.js").StrongestAt} parts.strongest
 * @param {import("../../types.js").Example[]} parts.examples
 * @returns {{look: (image_id: string) => void}}
 */
export function createSlide(address, { api, fail }, detail, layers, { strongest, examples }) {
  const { width, height } = detail.input_size;
  const middle = { left: 0, top: 0, right: width, bottom: height };
  const latest = createLatest();
  const plot = createSlidePlot(byId("slide-plot"), width);
  let image = "";
  /** What is being asked about; empty: nothing. */
  let asking = "";
  let is_due = false;
  let is_told = false;
  /** The stepper is being told where the patch is. */
  let is_following = false;
  const other = new Image();
  other.addEventListener("load", () => draw());

  const frame = byId("slide-frame");
  /** @type {{x: number, y: number}} where in the patch it is held */
  let held = { x: 0, y: 0 };
  const view = createInputPicture(/** @type {HTMLCanvasElement} */ (byId("slide-picture")), {
    size: detail.input_size,
    onDrag(from, to, is_first) {
      const { left, top, size } = now();
      const is_on_it = from.x >= left && from.x < left + size && from.y >= top && from.y < top + size;
      // Beside the patch: it comes to the finger.
      if (is_first) held = is_on_it ? { x: from.x - left, y: from.y - top } : { x: size / 2, y: size / 2 };
      else if (document.activeElement !== frame) frame.focus();
      move(to.x - held.x, to.y - held.y);
    },
  });
  frame.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? 1 : STEP_PX;
    move(now().left + far * arrow[0], now().top + far * arrow[1]);
  });

  const layer_choice = element(
    "select",
    {
      class: "select",
      attributes: { "aria-label": "Layer of the unit" },
      on: { change: () => address.change({ unit: Number(layer_choice.value) }, { step: true }) },
    },
    ...layers.map((layer, place) =>
      element("option", {
        text: `${layer.id}: ${fieldOf(layer)} px`,
        attributes: { value: place },
      }),
    ),
  );
  const patch_choice = element(
    "select",
    {
      class: "select",
      attributes: { "aria-label": "What the patch is of" },
      on: { change: () => address.change({ patch: patch_choice.value }, { step: true }) },
    },
    element("option", { text: "grey", attributes: { value: "" } }),
    ...examples.map(({ id, title }) => element("option", { text: title, attributes: { value: id } })),
  );
  /** @param {"left" | "top" | "size"} name @param {string} label @param {number} most */
  const field = (name, label, most) =>
    createNumberField({
      ...{ label, low: name === "size" ? 1 : 0, high: most, step: 1, unit: "px" },
      value: now()[name],
      onChange(value) {
        address.change({ [name]: value });
        stepTo(now().left);
      },
    });
  const fields = {
    left: field("left", "from left", width - 1),
    top: field("top", "from top", height - 1),
    size: field("size", "its side", Math.min(width, height)),
  };
  /** @param {string} label @param {Node} control */
  const labelled = (label, control) =>
    element("label", { class: "slide-choice" }, element("span", { class: "number-label", text: label }), control);
  byId("slide-tools").append(
    labelled("a unit of", layer_choice),
    labelled("a patch of", patch_choice),
    fields.left.node,
    fields.top.node,
    fields.size.node,
  );
  const stepper = createStepper(byId("slide-stepper"), {
    label: "Slide the patch to the right",
    last: Math.floor((width - 1) / STEP_PX),
    at: Math.floor(now().left / STEP_PX),
    per_second: 5,
    has_slider: false,
    describe: () => `${now().left} px from left`,
    onShow(place) {
      if (!is_following) address.change({ left: place * STEP_PX });
    },
  });

  /** @param {number} left  From there it goes on, if it is to go on by itself. */
  function stepTo(left) {
    is_following = true;
    stepper.go(Math.floor(left / STEP_PX));
    is_following = false;
  }

  function now() {
    const { unit, left, top, size, patch } = address.get();
    return {
      unit: Math.min(unit, layers.length - 1),
      left: Math.min(left, width - 1),
      top: Math.min(top, height - 1),
      size: Math.min(size, width, height),
      patch: patch === "" || examples.some(({ id }) => id === patch) ? patch : "",
    };
  }

  /** @param {number} left @param {number} top */
  function move(left, top) {
    address.change({ left: Math.round(within(left, 0, width - 1)), top: Math.round(within(top, 0, height - 1)) });
    stepTo(now().left);
  }

  function unitNow() {
    const layer = layers[now().unit];
    const place = placeOver(layer, middle);
    return { layer, ...place, field: theoreticalBox(layer.receptive_field, place.row, place.column) ?? middle };
  }

  function patchNow() {
    const { left, top, size } = now();
    return { left, top, right: Math.min(left + size, width), bottom: Math.min(top + size, height) };
  }

  function draw() {
    const { field: seen } = unitNow();
    const patch = patchNow();
    view.show(
      [
        { box: seen, kind: "field" },
        { box: patch, kind: "patch" },
      ],
      (pen, scale) => {
        const [x, y] = [patch.left * scale, patch.top * scale];
        const [across, down] = [(patch.right - patch.left) * scale, (patch.bottom - patch.top) * scale];
        if (now().patch && other.complete && other.naturalWidth) {
          const cut = [patch.left, patch.top, patch.right - patch.left, patch.bottom - patch.top];
          pen.drawImage(other, cut[0], cut[1], cut[2], cut[3], x, y, across, down);
        } else {
          pen.fillStyle = GREY;
          pen.fillRect(x, y, across, down);
        }
      },
    );
  }

  function show() {
    const { left, top, size, patch, unit } = now();
    fields.left.show(left);
    fields.top.show(top);
    fields.size.show(size);
    layer_choice.value = String(unit);
    patch_choice.value = patch;
    frame.setAttribute("aria-valuemax", String(width - 1));
    frame.setAttribute("aria-valuenow", String(left));
    frame.setAttribute("aria-valuetext", `${left} px from left, ${top} px from top`);
    if (patch) {
      const url = api.inputUrl(detail.id, patch, "png");
      if (!other.src.endsWith(url)) other.src = url;
    }
    draw();
    const { field: seen } = unitNow();
    plot.about(aboutNow(), {
      from: seen.top < top + size && top < seen.bottom ? seen.left - size : null,
      to: seen.right,
    });
    ask();
  }

  /** All but how far to the right the patch is. */
  function aboutNow() {
    const { top, size, patch, unit } = now();
    return [image, unit, top, size, patch].join(" ");
  }

  /**
   * A patch that goes on sliding waits for the answer about where it was: that belongs on the plot
   * too. Anything else makes that answer out of date.
   */
  function ask() {
    if (image === "") return;
    if (asking === aboutNow()) {
      is_due = true;
      return;
    }
    asking = aboutNow();
    is_due = false;
    const { left, top, size, patch } = now();
    const { layer, row, column, field: seen } = unitNow();
    const figures = byId("slide-figures");
    figures.toggleAttribute("data-stale", is_told);
    latest.run(
      async (signal) => {
        const { channel } = await strongest(image, { layer: layer.id, row, column }, signal);
        const unit = { model: detail.id, layer: layer.id, channel, row, column, image };
        return api.coveredUnit({ ...unit, left, top, size, ...(patch ? { other: patch } : {}) }, signal);
      },
      (found) => {
        asking = "";
        fail(null);
        plot.add(found.patch.left, found.before, found.after);
        if (is_due) {
          ask();
          return;
        }
        figures.removeAttribute("data-stale");
        is_told = true;
        tell(found, areaOf(meet(seen, patchNow())) > 0);
      },
      (error) => {
        asking = "";
        fail(error);
      },
    );
  }

  /** @param {import("../../types.js").CoveredUnit} found @param {boolean} is_inside the field in theory */
  function tell({ before, after, change, seen_pixels, channel, row, column, layer, image: of }, is_inside) {
    for (const [name, value] of /** @type {[string, number | null][]} */ ([["before", before], ["after", after], ["change", change]])) {
      const node = byId(`slide-${name}`);
      setText(node, value === 0 ? "0" : value !== null && name === "change" && value > 0 ? `+${formatFixed(value, 4)}` : formatFixed(value, 4));
      node.dataset.value = String(value);
      node.title = formatExact(value);
    }
    const node = byId("slide-words");
    node.dataset.seen = String(seen_pixels);
    node.classList.toggle("is-outside", seen_pixels === 0);
    setText(
      node,
      seen_pixels === 0
        ? `Outside the field${is_inside ? ", or in its gaps" : ""}: the unit does not move, to the last bit.`
        : `${seen_pixels} px of the patch lie in the field: ${change === 0 ? "yet this time nothing changes." : "the unit moves."}`,
    );
    const link = /** @type {HTMLAnchorElement} */ (byId("slide-unit"));
    setText(link, `map ${channel}, row ${row}, column ${column} of ${layer}`);
    link.href = pageAddress({ model: detail.id, image: of, layer, channel, row, column, lens: "maps" });
  }

  let before = address.get();
  address.subscribe((after) => {
    if (WHAT.some((name) => after[name] !== before[name])) show();
    before = after;
  });

  return {
    look(image_id) {
      image = image_id;
      view.look(api.inputUrl(detail.id, image, "png"));
      show();
    },
  };
}
