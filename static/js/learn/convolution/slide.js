/** The kernel slides over the picture: the window, its numbers, and the pixel of the map. */

import { largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { byId, setText } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { shownOf } from "./address.js";
import { outputSize, paddedSize, pixelsOf } from "./geometry.js";
import { isShared } from "./kernels.js";
import { createKernelTools } from "./kernel_tools.js";
import { createMatrix } from "./matrix.js";
import { createNumbers } from "./numbers.js";
import { createSheet, laterMarks, windowMarks } from "./sheet.js";
import { createWalk } from "./walk.js";

/** @typedef {import("./lesson.js").Layer} Layer */

/** @param {import("./address.js").Address} address */
export function createSlide(address) {
  const tools = createKernelTools(address);
  /** @type {Layer | null} */
  let layer = null;
  let painted = "";
  /** @type {number[][] | null} */
  let map_of = null;
  let layerKey = "";
  let pictures = 0;
  /** @type {number[][][] | null} */
  let last_bytes = null;

  const picture = createSheet(byId("slide-picture"), {
    ...{ name: "picture", label: "Your picture, and the window over it" },
    onPlace(row, column, is_over) {
      if (!layer) return;
      const { axis } = layer;
      const half = (axis.dilation * (axis.kernel - 1)) / 2;
      const last = outputSize(axis) - 1;
      /** @param {number} pixel the window whose middle is nearest */
      const nearest = (pixel) => Math.min(last, Math.max(0, Math.round((pixel - half) / axis.stride)));
      walk.go(nearest(row) * (last + 1) + nearest(column), is_over);
    },
  });
  const map = createSheet(byId("slide-map"), {
    ...{ name: "map", label: "The map, and the pixel that the window writes" },
    onPlace(row, column, is_over) {
      if (layer) walk.go(row * outputSize(layer.axis) + column, is_over);
    },
  });
  for (const each of [picture, map]) each.walk((next) => walk.go(next, true));

  const walk = createWalk(byId("slide-stepper"), {
    ...{ label: "Places of the window", what: "place", per_second: 16 },
    kept: () => address.get().at,
    keep: (at) => address.change({ at }),
    onMove: draw,
  });

  const view = createChosenOne({
    label: "seen as",
    choices: [
      { value: "window", text: "a window" },
      { value: "matrix", text: "one matrix product" },
    ],
    value: address.get().view,
    onChange: (value) => address.change({ view: /** @type {"window"} */ (value) }, { step: true }),
  });
  byId("slide-view").append(view.node);

  const numbers = createNumbers(byId("slide-numbers"), (channel, index, value) => {
    if (!layer) return;
    const { kernels, map: chosen } = shownOf(address);
    const kernel = kernels[chosen];
    const weights = layer.kernels[chosen].map((values) => [...values]);
    const is_alike = isShared(kernel) && byIdInput("kernel-alike").checked;
    for (const [each, values] of weights.entries()) {
      if (is_alike || each === channel) values[index] = value;
    }
    tools.change({ name: "own", values: is_alike || weights.length === 1 ? weights[0] : weights.flat() });
  });
  const matrix = createMatrix(byId("slide-matrix"));

  function draw() {
    if (!layer) return;
    const shown = shownOf(address);
    const { axis, bytes, answer, before } = layer;
    const across = outputSize(axis);
    const at = walk.get();
    const [row, column] = [Math.floor(at / across), at % across];
    const words = `row ${row + 1}, column ${column + 1} of ${across}`;

    const picture_key = `${axis.padding} ${bytes.length} ${bytes[0].length}`;
    if (painted !== picture_key || picture.board.dataset.of !== layerKey) {
      painted = picture_key;
      picture.board.dataset.of = layerKey;
      picture.setSize(paddedSize(axis));
      picture.paintPicture(bytes, axis.padding);
    }
    picture.caption(`picture ${axis.size} × ${axis.size}${axis.padding > 0 ? `, padding ${axis.padding}` : ""}`);
    picture.mark(...windowMarks(pixelsOf(axis, row), pixelsOf(axis, column), axis.padding));
    picture.setPlace(at, across, words);

    const fits = before && before.output[shown.map]?.length === across;
    map.stale(answer === null);
    if (fits && map_of !== before.output[shown.map]) {
      map_of = before.output[shown.map];
      const flat = map_of.flat();
      map.setSize(across);
      const largest = largestMagnitude(flat);
      map.paint(flat, largest);
      setText(byId("slide-scale"), `blue: ${readable(-largest)}, white: 0, red: ${readable(largest)}`);
    }
    map.mark(...(fits ? laterMarks(at, across) : []));
    map.setPlace(at, across, words);
    map.caption(`map ${shown.map + 1}, ${across} × ${across}`);

    const is_window = shown.view === "window";
    byId("window-view").hidden = !is_window;
    byId("slide-matrix").hidden = is_window;
    byId("matrix-view").hidden = is_window;
    if (is_window) numbers.show(layer, shown, at);
    else matrix.show(layer, shown, at);
  }
  return {
    setLearned: tools.setLearned,

    /** @param {Layer} next */
    show(next) {
      layer = next;
      if (next.bytes !== last_bytes) {
        last_bytes = next.bytes;
        pictures += 1;
        layerKey = String(pictures);
      }
      const shown = shownOf(address);
      view.show(shown.view);
      tools.show(next);
      // The smallest picture holds the widest window that can be chosen.
      walk.follow(outputSize(next.axis));
      draw();
    },
  };
}

/** @param {string} id */
const byIdInput = (id) => /** @type {HTMLInputElement} */ (byId(id));

