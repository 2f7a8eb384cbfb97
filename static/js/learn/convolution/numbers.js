/** The numbers under the window: patch times kernel, product by product, channel by channel. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { createCellGrid } from "../parts/cell_grid.js";
import { createFormula } from "../parts/formula.js";
import { shareOf, tint } from "./colours.js";
import { patchOf } from "./geometry.js";
import { cellWords } from "./cell_words.js";
import { createKernelCells } from "./kernel_cells.js";

/** @typedef {import("./lesson.js").Layer} Layer */

/**
 * @param {HTMLElement} parent
 * @param {(channel: number, index: number, value: number) => void} onType
 */
export function createNumbers(parent, onType) {
  const sums = {
    3: createFormula("convolution.sum"),
    1: createFormula("convolution.sum-grey"),
  };
  /** @param {string} text */
  const sign = (text) => element("span", { class: "numbers-sign", text, attributes: { "aria-hidden": "true" } });
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();

  /** @param {string} name @param {number} channel */
  function createRow(name, channel) {
    const row = element("div", { class: "numbers-row", attributes: { "data-channel": name } });
    const patch_place = element("div");
    const kernel_place = element("div");
    const product_place = element("div");
    const share = element("output", { class: "numbers-share figure" });
    /** @param {string} what @param {HTMLElement} place */
    const grid = (what, place) =>
      createCellGrid(place, {
        ...{ name: `${what}-${name}`, caption: what === "patch" ? name : "" },
        label: (index) => `${what} ${index + 1}, ${name}`,
      });
    const patch = grid("patch", patch_place);
    const products = grid("products", product_place);
    const kernel = createKernelCells(kernel_place, name, (index, value) => onType(channel, index, value));
    row.append(patch_place, sign("×"), kernel_place, sign("="), product_place, sign("→"), share);
    return { row, patch, kernel, products, share };
  }

  return {
    /**
     * @param {Layer} layer
     * @param {import("./address.js").Shown} shown
     * @param {number} place of the window
     */
    show({ channels, picture, kernels, bias, axis, answer }, shown, place) {
      const { map } = shown;
      const area = axis.kernel * axis.kernel;
      const patch = patchOf(picture, axis, place);
      const shareOfFull = shareOf(shown.numbers);
      const lit = new Set(Array.from({ length: area }, (_, index) => index));
      const all = patch.map(({ value }, index) => value * kernels[map][Math.floor(index / area)][index % area]);
      const largest = Math.max(...all.map(Math.abs));
      const columns = axis.kernel;
      const at = answer ? [Math.floor(place / answer.output_size.width), place % answer.output_size.width] : [];
      /** @type {(number | null)[]} */
      const shares = channels.map((name, channel) => {
        const row = rows.get(name) ?? createRow(name, channel);
        rows.set(name, row);
        const cells = patch.slice(channel * area, (channel + 1) * area);
        row.patch.show({
          ...{ values: cells.map(({ value }) => value), columns, lit, write: cellWords },
          colour: (value) => tint(name, shareOfFull(value)),
        });
        cells.forEach(({ is_padding }, index) => row.patch.cell(index).classList.toggle("is-outside", is_padding));
        row.kernel.show(kernels[map][channel], axis.kernel);
        row.products.show({
          ...{ values: all.slice(channel * area, (channel + 1) * area), columns, lit, largest, write: cellWords },
        });
        const share = answer ? answer.shares[map][channel][at[0]][at[1]] : null;
        setText(row.share, share === null ? "·" : readable(share));
        row.share.dataset.value = String(share);
        return share;
      });
      const nodes = channels.map((name) => /** @type {{row: HTMLElement}} */ (rows.get(name)).row);
      if (nodes.length !== parent.childElementCount || nodes.some((node, index) => parent.children[index] !== node)) {
        parent.replaceChildren(...nodes);
      }
      parent.classList.toggle("is-wide", axis.kernel > 3);
      parent.classList.toggle("is-single", channels.length === 1);
      const y = answer ? answer.output[map][at[0]][at[1]] : null;
      const is_grey = channels.length === 1;
      byId("sum-colour").hidden = is_grey;
      byId("sum-grey").hidden = !is_grey;
      if (is_grey) sums[1].fill({ grey: shares[0], bias: bias[map], y });
      else sums[3].fill({ red: shares[0], green: shares[1], blue: shares[2], bias: bias[map], y });
    },
  };
}
