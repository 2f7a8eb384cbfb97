/** The map of a moved picture, less the moved map of the picture. */

import { byId, element, setText } from "../../shared/element.js";
import { formatShort, signed } from "../../shared/format.js";
import { coloursOfCodes } from "../../shared/colours.js";
import { createLatest } from "../../shared/latest.js";
import { decodeMovedMaps } from "../../shared/maps.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { MOST_MOVE_PX } from "./address.js";
import { strideOf } from "../parts/picture_network.js";
import { layerOfEachStride } from "./network.js";

const TITLES = ["the map, moved", "the map of the moved picture", "their difference"];
const COLOURS = /** @type {const} */ (["viridis", "viridis", "diverging"]);

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("../../types.js").ModelDetail} detail
 * @returns {{look: (image_id: string) => void}} look: at this picture from now on
 */
export function createMovedMaps(address, { api, fail }, detail) {
  const layers = layerOfEachStride(detail);
  const latest = createLatest();
  const steps = { right: createFormula("why-convnets.steps"), down: createFormula("why-convnets.down") };
  const results = ["move-maps", "move-figures", "move-words"].map(byId);
  let image = "";
  let is_shown = false;

  const layer_select = element(
    "select",
    {
      class: "select",
      attributes: { "aria-label": "Layer" },
      on: { change: () => address.change({ stride: Number(layer_select.value), map: 0 }, { step: true }) },
    },
    ...layers.map((layer) =>
      element("option", {
        text: `stride ${strideOf(layer)}: ${layer.id}`,
        attributes: { value: strideOf(layer) },
      }),
    ),
  );
  /** @param {"right" | "down"} name @param {string} label */
  const mover = (name, label) =>
    createNumberField({
      ...{ label, low: -MOST_MOVE_PX, high: MOST_MOVE_PX, step: 1, unit: "px" },
      value: address.get()[name],
      onChange: (value) => address.change({ [name]: value }),
    });
  const right = mover("right", "to the right");
  const down = mover("down", "down");
  const map_field = createNumberField({
    ...{ label: "map", low: 0, high: layerNow().output_shape[0] - 1, step: 1 },
    value: mapNow(),
    onChange: (value) => address.change({ map: value }),
  });
  byId("move-tools").append(layer_select, right.node, down.node, map_field.node);

  const canvases = TITLES.map((title, place) => {
    const canvas = element("canvas", {
      class: "move-map",
      attributes: { role: "img", "aria-label": title, "data-map": ["moved", "after", "difference"][place] },
    });
    const inside = element("span", { class: "move-inside", attributes: { "aria-hidden": "true" } });
    byId("move-maps").append(
      element(
        "figure",
        {},
        element("div", { class: "move-frame" }, canvas, inside),
        element("figcaption", { text: title }),
      ),
    );
    return { canvas, inside };
  });
  const figures = Object.fromEntries(
    [
      ["largest", "largest value in the layer"],
      ["inside", "largest difference, inside the frame"],
      ["anywhere", "largest difference, the border too"],
    ].map(([name, title]) => {
      const number = element("dd", { attributes: { "data-figure": name } });
      byId("move-figures").append(element("div", { class: "readout" }, element("dt", { text: title }), number));
      return [name, number];
    }),
  );

  function layerNow() {
    const { stride } = address.get();
    return layers.find((layer) => strideOf(layer) === stride) ?? layers[0];
  }

  function mapNow() {
    return Math.min(address.get().map, layerNow().output_shape[0] - 1);
  }

  function ask() {
    const { right: to_right, down: to_down } = address.get();
    const layer = layerNow();
    layer_select.value = String(strideOf(layer));
    right.show(to_right);
    down.show(to_down);
    map_field.show(mapNow());
    for (const [name, shift, stride] of /** @type {const} */ ([
      ["right", to_right, strideOf(layer)],
      ["down", to_down, layer.receptive_field.stride?.height ?? 1],
    ])) {
      steps[name].fill({ shift, stride, steps: shift / stride });
    }
    if (image === "") return;
    for (const each of results) each.toggleAttribute("data-stale", is_shown);
    const query = { model: detail.id, layer: layer.id, image, right: to_right, down: to_down };
    latest.run(
      (signal) => api.movedMaps({ ...query, channel: mapNow() }, signal),
      (body) => {
        fail(null);
        show(decodeMovedMaps(body));
        is_shown = true;
        for (const each of results) each.removeAttribute("data-stale");
      },
      fail,
    );
  }

  /** @param {ReturnType<typeof decodeMovedMaps>} answer */
  function show({ numbers, maps }) {
    const size = maps.height * maps.width;
    const { top, left, bottom, right: end } = numbers.inside;
    for (const [place, { canvas, inside }] of canvases.entries()) {
      const codes = maps.codes.subarray(place * size, (place + 1) * size);
      // The map of the moved picture is whole; of the moved map, and so of the difference, a part is not.
      paint(canvas, codes, maps, place, place === 1 ? { right: 0, down: 0 } : numbers.steps);
      inside.hidden = numbers.inside_units === 0;
      Object.assign(inside.style, {
        top: `${(100 * top) / maps.height}%`,
        left: `${(100 * left) / maps.width}%`,
        width: `${(100 * (end - left)) / maps.width}%`,
        height: `${(100 * (bottom - top)) / maps.height}%`,
      });
    }
    tell("largest", numbers.largest_value);
    tell("inside", numbers.largest_difference_inside);
    tell("anywhere", numbers.largest_difference);
    const words = byId("move-words");
    words.dataset.multiple = String(numbers.is_multiple);
    words.dataset.inside = JSON.stringify(numbers.inside);
    setText(words, wordsFor(numbers));
  }

  /** @param {string} name @param {number | null} value */
  function tell(name, value) {
    figures[name].textContent = value === null ? "–" : formatShort(value);
    figures[name].dataset.value = String(value);
  }

  let before = address.get();
  address.subscribe((now) => {
    const names = /** @type {const} */ (["right", "down", "stride", "map"]);
    if (names.some((name) => now[name] !== before[name])) ask();
    before = now;
  });
  ask();

  return {
    look(image_id) {
      image = image_id;
      ask();
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} codes
 * @param {import("../../shared/maps.js").LayerMaps} maps
 * @param {number} place which of the three
 * @param {{right: number, down: number}} steps by which it was moved: what it left stays blank
 */
function paint(canvas, codes, { width, height, minimum, maximum }, place, { right, down }) {
  canvas.width = width;
  canvas.height = height;
  const colours = coloursOfCodes(COLOURS[place], minimum[place], maximum[place]);
  const pixels = new Uint32Array(codes.length);
  for (let index = 0; index < codes.length; index += 1) {
    const [row, column] = [Math.floor(index / width) - down, (index % width) - right];
    const is_there = row >= 0 && row < height && column >= 0 && column < width;
    pixels[index] = is_there ? colours[codes[index]] : 0;
  }
  const data = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
  canvas.getContext("2d")?.putImageData(data, 0, 0);
}

/** @param {import("../../types.js").Equivariance} numbers */
function wordsFor({ is_multiple, inside_units, largest_difference_inside, largest_value, stride, steps }) {
  if (inside_units === 0) return "Moved so far, no unit sees the same pixels in both.";
  if (!is_multiple) {
    return `That is no whole number of strides of ${stride.width}: the units look between where they `
      + "looked before, and no move of the map makes up for it.";
  }
  const moved = `The map moved by ${signed(String(steps.right))} to the right and `
    + `${signed(String(steps.down))} down. `;
  if (largest_difference_inside === 0) {
    return `${moved}Inside the frame, all maps are the same to the last bit; beyond it, units see what `
      + "came into the picture, or the padding.";
  }
  const is_rounding = (largest_difference_inside ?? 0) <= 1e-5 * largest_value;
  return is_rounding ? `${moved}Inside the frame only rounding is left.` : moved;
}
