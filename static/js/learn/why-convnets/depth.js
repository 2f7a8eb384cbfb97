/** What the unit that answers strongest can see of the picture, layer by layer. */

import { byId, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { pageAddress } from "../parts/links.js";
import { createStepper } from "../../shared/stepper.js";
import { createMadeOf, madeOf } from "./made_of.js";
import { fieldOf, strideOf } from "../parts/picture_network.js";
import { everLarger } from "./network.js";

const MOST_LAYERS = 9;
const PICTURE_PX = 480;
const OF_UNIT = ["depth-crop", "depth-caption", "depth-made"];

/**
 * @typedef {object} Seen
 * @property {import("../../types.js").UnitField} field
 * @property {import("../../types.js").UnitValue} unit
 * @property {import("../../types.js").Explanation | null} made what it is put together from
 *
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("../../types.js").ModelDetail} detail
 * @returns {{look: (image_id: string) => void}} look: at this picture from now on
 */
export function createDepth(address, { api, fail }, detail) {
  const layers = everLarger(detail, MOST_LAYERS);
  const latest = createLatest();
  /** @type {Map<string, Seen>} */
  let seen = new Map();
  let image = "";
  let is_shown = false;
  const picture = new Image();
  const made_of = createMadeOf(api, detail);
  const body = byId("depth-table").querySelector("tbody");
  const rows = layers.map((layer) => {
    const link = element("a", { text: layer.id });
    const node = element(
      "tr",
      { attributes: { "data-layer": layer.id } },
      element("th", { attributes: { scope: "row" } }, link),
      element("td", {
        class: "figure",
        text: `${fieldOf(layer)} px`,
        attributes: { "data-field": fieldOf(layer) },
      }),
      element("td", { class: "figure", text: `${strideOf(layer)} px` }),
      element("td", { class: "figure", text: String(layer.output_shape[0]) }),
    );
    body?.append(node);
    return { node, link };
  });
  const stepper = createStepper(byId("depth-tools"), {
    label: "Depth",
    last: layers.length - 1,
    at: Math.min(address.get().depth, layers.length - 1),
    per_second: 1.5,
    describe: (place) => `${layers[place].id}: ${fieldOf(layers[place])} px`,
    onShow: (place) => {
      address.change({ depth: place });
      show();
    },
  });

  /** @param {import("../../types.js").Layer} layer @param {AbortSignal} signal */
  async function find({ id }, signal) {
    const query = { model: detail.id, layer: id };
    const { units } = await api.strongestUnit({ ...query, image }, signal);
    const { channel, row, column } = units[0];
    const unit = { ...query, channel, row: row ?? 0, column: column ?? 0, image };
    const field = await api.unitField(unit, signal);
    return { unit: units[0], field, made: await madeOf(api, { model: detail.id, image }, units[0], signal) };
  }

  function ask() {
    latest.run(
      async (signal) => {
        const first = stepper.get();
        // The one that is looked at comes first; the others are then there when they are played.
        for (const layer of [layers[first], ...layers.filter((_, place) => place !== first)]) {
          const found = await find(layer, signal);
          signal.throwIfAborted();
          seen.set(layer.id, found);
          if (layer === layers[stepper.get()]) show();
        }
      },
      () => fail(null),
      fail,
    );
  }

  function show() {
    const place = stepper.get();
    const layer = layers[place];
    for (const [each, { node, link }] of rows.entries()) {
      node.classList.toggle("is-current", each === place);
      const unit = seen.get(layers[each].id)?.unit;
      const selected = unit ? { channel: unit.channel, row: unit.row, column: unit.column } : {};
      link.href = pageAddress({ model: detail.id, image, layer: layers[each].id, ...selected });
    }
    const found = seen.get(layer.id);
    drawPicture(found);
    for (const each of OF_UNIT) byId(each).toggleAttribute("data-stale", is_shown && !found);
    if (!found) return;
    is_shown = true;
    made_of.show(image, found.unit, found.made);
    const box = found.field.image_box;
    const caption = byId("depth-caption");
    const [side, { width, height }] = [fieldOf(layer), detail.input_size];
    // A field may be larger than what there is to see.
    const share = side > Math.min(width, height) ? ", more than" : " of";
    caption.textContent =
      `a unit of map ${found.unit.channel} of ${layer.id}: its field is ${side} × ${side} px${share} `
      + `the input’s ${width} × ${height}`;
    caption.dataset.field = String(fieldOf(layer));
    caption.dataset.layer = layer.id;
    if (box) drawCrop(box);
  }

  /** @param {Seen | undefined} found */
  function drawPicture(found) {
    const canvas = /** @type {HTMLCanvasElement} */ (byId("depth-picture"));
    if (!picture.naturalWidth) return;
    const scale = PICTURE_PX / Math.max(picture.naturalWidth, picture.naturalHeight);
    canvas.width = Math.round(picture.naturalWidth * scale);
    canvas.height = Math.round(picture.naturalHeight * scale);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const box = found?.field.image_box;
    if (!box) return;
    const [x, y] = [box.left * scale, box.top * scale];
    const [width, height] = [(box.right - box.left) * scale, (box.bottom - box.top) * scale];
    for (const [colour, line] of /** @type {[string, number][]} */ ([["#241b00", 6], ["#ffd84d", 3]])) {
      pen.strokeStyle = colour;
      pen.lineWidth = line;
      pen.strokeRect(x, y, width, height);
    }
  }

  /** @param {import("../../types.js").Box} box */
  function drawCrop({ left, top, right, bottom }) {
    const canvas = /** @type {HTMLCanvasElement} */ (byId("depth-crop"));
    canvas.width = PICTURE_PX;
    canvas.height = PICTURE_PX;
    const pen = canvas.getContext("2d");
    if (!pen || !picture.naturalWidth) return;
    const scale = PICTURE_PX / Math.max(right - left, bottom - top);
    pen.imageSmoothingEnabled = scale < 8;
    const [width, height] = [(right - left) * scale, (bottom - top) * scale];
    const place = [(PICTURE_PX - width) / 2, (PICTURE_PX - height) / 2];
    pen.drawImage(picture, left, top, right - left, bottom - top, place[0], place[1], width, height);
  }

  picture.addEventListener("load", show);
  return {
    look(image_id) {
      image = image_id;
      seen = new Map();
      picture.src = api.imageUrl(image_id);
      show();
      ask();
    },
  };
}
