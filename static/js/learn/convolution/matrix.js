/** The same convolution as one matrix product: a row of patches times a column of kernels. */

import { colourOf, largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createFormula } from "../parts/formula.js";
import { paintValues } from "../parts/paint.js";
import { levels, shareOf, tint } from "./colours.js";
import { outputSize, patchOf } from "./geometry.js";
import { cellWords } from "./cell_words.js";

/** @typedef {import("./lesson.js").Layer} Layer */

/** Rows of X and of Y in sight, the one of the window in their middle. */
const IN_SIGHT = 15;

/** @param {HTMLElement} parent */
export function createMatrix(parent) {
  const rows = createFormula("convolution.rows");
  const columns = createFormula("convolution.columns");
  const patches = sheet("X", `patches, a row a place: ${IN_SIGHT} of them here`);
  const kernels = sheet("W", "kernels, a column a map");
  const outputs = sheet("Y", "maps, a column each");
  /** @param {string} text */
  const sign = (text) => element("span", { class: "numbers-sign", text, attributes: { "aria-hidden": "true" } });
  parent.append(patches.node, sign("·"), kernels.node, sign("="), outputs.node);
  const strip = byId("matrix-strip");

  return {
    /**
     * @param {Layer} layer
     * @param {import("./address.js").Shown} shown
     * @param {number} place
     */
    show(layer, shown, place) {
      const { channels, picture, axis, answer, before } = layer;
      const across = outputSize(axis);
      const count = across * across;
      const length = channels.length * axis.kernel * axis.kernel;
      const maps = layer.kernels.length;
      const first = Math.max(0, Math.min(count - IN_SIGHT, place - Math.floor(IN_SIGHT / 2)));
      const seen = Array.from({ length: Math.min(IN_SIGHT, count) }, (_, index) => first + index);
      const some = seen.map((each) => patchOf(picture, axis, each).map(({ value }) => value));
      const share = shareOf(shown.numbers);
      const area = axis.kernel * axis.kernel;
      patches.paintColours(
        some.flat().map((value, index) => levels(channels[Math.floor((index % length) / area)], share(value))),
        length,
      );
      patches.mark({ x: 0, y: place - first, width: length, height: 1 }, `${formatInteger(count)} × ${length}`);
      const weights = layer.kernels.map((kernel) => kernel.flat());
      const upright = weights[0].flatMap((_, row) => weights.map((kernel) => kernel[row]));
      // Each kernel by its own strength: a column is read down.
      const strongest = weights.map(largestMagnitude);
      kernels.paint(upright.map((value, index) => value / (strongest[index % maps] || 1)), maps);
      kernels.mark({ x: shown.map, y: 0, width: 1, height: length }, `${length} × ${maps}`);
      const fits = before && before.output.length === maps && before.output_size.width === across;
      const written = fits ? seen.flatMap((each) =>
        before.output.map((map) => map[Math.floor(each / across)][each % across])) : seen.flatMap(() => weights.map(() => 0));
      const most = fits ? before.output.map((map) => largestMagnitude(map.flat())) : [1];
      outputs.paint(written.map((value, index) => value / (most[index % maps] || 1)), maps);
      outputs.mark({ x: shown.map, y: place - first, width: 1, height: 1 }, `${formatInteger(count)} × ${maps}`);
      rows.fill({ down: across, across, count }, formatInteger);
      columns.fill({ channels: channels.length, side: axis.kernel, count: length }, formatInteger);
      const pixels = channels.length * axis.size * axis.size;
      setText(
        byId("matrix-cost"),
        `X holds ${formatInteger(count * length)} numbers, copied from the ${formatInteger(pixels)} of the picture`,
      );
      drawStrip(layer, shown, place);
      const y = answer ? answer.output[shown.map][Math.floor(place / across)][place % across] : null;
      const sum = y === null ? null : y - layer.bias[shown.map];
      const bias = layer.bias[shown.map];
      setText(byId("matrix-entry"), sum === null ? "" : `Row ${formatInteger(place + 1)} of X times column ${shown.map + 1} of W: `
        + `these ${length} products add up to ${readable(sum)}${
         bias === 0 ? "." : `, and with the bias ${readable(bias)} to ${readable(y)}.`}`);
    },
  };

  /** @param {Layer} layer @param {import("./address.js").Shown} shown @param {number} place */
  function drawStrip({ channels, picture, kernels: all, axis }, shown, place) {
    const area = axis.kernel * axis.kernel;
    const patch = patchOf(picture, axis, place);
    const kernel = all[shown.map].flat();
    const products = patch.map(({ value }, index) => value * kernel[index]);
    const largest = { kernel: largestMagnitude(kernel), products: largestMagnitude(products) };
    const share = shareOf(shown.numbers);
    /** @param {string} name @param {number[]} values @param {(value: number, index: number) => {background: string, ink: string}} colour */
    const line = (name, values, colour) =>
      element(
        "tr",
        { attributes: { "data-strip": name } },
        element("th", { text: name, attributes: { scope: "row" } }),
        ...values.map((value, index) => {
          const cell = element("td", { text: cellWords(value), attributes: { "data-value": value } });
          const { background, ink } = colour(value, index);
          cell.style.backgroundColor = background;
          cell.style.color = ink;
          cell.classList.toggle("is-first", index > 0 && index % area === 0);
          return cell;
        }),
      );
    strip.replaceChildren(
      element(
        "tbody",
        {},
        line("row of X", patch.map(({ value }) => value), (value, index) => tint(channels[Math.floor(index / area)], share(value))),
        line("column of W", kernel, (value) => colourOf(value, largest.kernel)),
        line("products", products, (value) => colourOf(value, largest.products)),
      ),
    );
  }
}

/** @param {string} name @param {string} what */
function sheet(name, what) {
  const canvas = element("canvas", { class: "matrix-canvas", attributes: { role: "img", "aria-label": `${name}: ${what}` } });
  const marks = svg("svg", { class: "sheet-marks", preserveAspectRatio: "none", "aria-hidden": "true" });
  const size = element("span", { class: "figure matrix-size", attributes: { "data-matrix-size": name } });
  const node = element(
    "figure",
    { class: "matrix-figure", attributes: { "data-matrix": name } },
    element("figcaption", {}, element("strong", { text: name }), " ", size, element("small", { text: what })),
    element("div", { class: "matrix-board" }, canvas, marks),
  );
  /** @param {number} across @param {number} down */
  function measure(across, down) {
    marks.setAttribute("viewBox", `0 0 ${across} ${down}`);
    node.style.setProperty("--across", String(across));
    node.style.setProperty("--down", String(down));
  }
  return {
    node,

    /** @param {number[]} values @param {number} width  Zero is neutral, 1 the strongest. */
    paint(values, width) {
      paintValues(canvas, Float32Array.from(values), width, { largest: 1 });
      measure(width, values.length / width);
    },

    /** @param {number[][]} colours @param {number} width */
    paintColours(colours, width) {
      canvas.width = width;
      canvas.height = colours.length / width;
      const data = Uint8ClampedArray.from(colours.flatMap((colour) => [...colour, 255]));
      canvas.getContext("2d")?.putImageData(new ImageData(data, width), 0, 0);
      measure(width, colours.length / width);
    },

    /** @param {Record<string, number>} box @param {string} words how large the whole is */
    mark(box, words) {
      marks.replaceChildren(
        svg("rect", { class: "mark-box-edge", ...box }),
        svg("rect", { class: "mark-box", ...box }),
      );
      setText(size, words);
    },
  };
}
