/** What the unit read, what it was weighed with, and the products: side by side, cell for cell. */

import { openUnit } from "../../address/selected_unit.js";
import { element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { term as explain } from "../../shared/term.js";
import { createRankedTerms } from "./ranked_terms.js";
import { createValueGrid } from "./value_grid.js";
import { exactFloat32, exactText, placeText, readable } from "./values.js";

/** @typedef {import("../../types.js").Explanation} Explanation */

/**
 * @typedef {object} Block  A patch with its numbers.
 * @property {import("../../types.js").PatchGeometry} patch
 * @property {Float32Array} values
 * @property {Float32Array} weights
 * @property {Explanation} answer
 * @property {boolean} is_vector whether the layer that is read has neither rows nor columns
 */

/** @param {Block} block @param {number} term @returns {import("../../types.js").UnitValue | null} */
function unitOf({ patch, values, is_vector }, term) {
  const area = patch.rows.length * patch.columns.length;
  const channel = patch.first_channel + Math.floor(term / area);
  const row = patch.rows[Math.floor((term % area) / patch.columns.length)];
  const column = patch.columns[term % patch.columns.length];
  if (row === null || column === null) return null;
  const unit = { layer: patch.layer, channel, value: values[term] };
  return is_vector ? { ...unit, row: null, column: null } : { ...unit, row, column };
}

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 */
export function createNumberPatch(parent, { state, network }) {
  const ranking = element("div", { class: "ranking" });
  const ranked = createRankedTerms(ranking);
  const heading = element("h3", { class: "patch-heading" });
  const grids = element("div", { class: "value-grids" });
  const readout = element("p", { class: "figure patch-readout" });
  const padding = element("p", { class: "quiet" }, "Hatched: ", explain("padding", "padding"), ", outside the map that is read.");
  const sum = element("p", { class: "patch-sum" });
  const by_cell = element("section", { class: "patch-cells" }, heading, grids, readout, padding, sum);
  parent.append(by_cell, ranking);

  const patch_grid = createValueGrid("what it read", point);
  const kernel_grid = createValueGrid("the kernel", point);
  const product_grid = createValueGrid("products", point);
  const times = element("span", { class: "grid-sign", text: "×" });
  const equals = element("span", { class: "grid-sign", text: "=" });

  /** @type {Block | null} */
  let block = null;
  let shown_channel = 0;

  /** @param {number} term */
  function words(term) {
    const { values } = /** @type {Block} */ (block);
    const unit = unitOf(/** @type {Block} */ (block), term);
    const value = exactFloat32(values[term]);
    return unit ? `${value}: unit ${placeText(unit)}` : `${value}: nothing is read here`;
  }

  /** @param {number} term */
  function open(term) {
    const unit = unitOf(/** @type {Block} */ (block), term);
    if (unit) openUnit(state, unit);
  }

  /** @param {number | null} index within the shown channel */
  function point(index) {
    for (const grid of [patch_grid, kernel_grid, product_grid]) grid.point(index);
    readout.classList.toggle("is-hint", index === null);
    if (!block || index === null) {
      readout.textContent = HINT;
      return;
    }
    const { patch, values, weights, answer } = block;
    const term = shown_channel * area(patch) + index;
    const unit = unitOf(block, term);
    const place = unit ? placeText(unit) : "padding";
    const value = exactFloat32(values[term]);
    readout.textContent =
      isWeighed(answer)
        ? `${value} × ${exactFloat32(weights[term])} = ${exactText(values[term] * weights[term])} (${place})`
        : `${value} (${place})`;
  }

  /** @param {(Node | string)[]} pieces */
  function showHeading(pieces) {
    const text = pieces.map((piece) => (typeof piece === "string" ? piece : piece.textContent)).join("");
    if (text !== heading.textContent) heading.replaceChildren(...pieces); // else a term of it may be open
  }

  /** @param {number} channel within the patch */
  function showChannel(channel) {
    if (!block) return;
    shown_channel = channel;
    const { patch, values, weights, answer } = block;
    const size = area(patch);
    const start = channel * size;
    const part = values.subarray(start, start + size);
    const kernel = weights.subarray(start, start + size);
    const products = Float64Array.from(part, (value, index) => value * kernel[index]);
    const columns = patch.columns.length;
    const is_weighed = isWeighed(answer);
    const winner = answer.winner?.term ?? -1;
    /** @param {number} index */
    const isVoid = (index) => unitOf(/** @type {Block} */ (block), start + index) === null;
    patch_grid.show({
      values: part,
      columns,
      title: (index) => words(start + index),
      isVoid,
      isMarked: (index) => start + index === winner,
      onChoose: (index) => open(start + index),
    });
    if (is_weighed) {
      kernel_grid.show({ values: kernel, columns, title: (index) => exactFloat32(kernel[index]) });
      product_grid.show({ values: products, columns, title: (index) => exactText(products[index]) });
    }
    const name = patch.first_channel + channel;
    showHeading(headingOf(answer, name));
    padding.hidden = !Array.from(part.keys()).some(isVoid);
    const total = products.reduce((so_far, product) => so_far + product, 0);
    sum.hidden = answer.kind !== "weighted_sum";
    sum.replaceChildren(
      patch.channels > 1 ? `These ${size} products add up to ` : "All of them add up to ",
      element("strong", {
        class: "figure",
        text: readable(total),
        attributes: { title: exactText(total), "data-value": total },
      }),
      patch.channels > 1 ? `: the share of channel ${name}.` : ".",
    );
    point(null);
    if (patch.channels > 1) ranked.choose(channel);
  }

  return {
    /** @param {Explanation} answer @param {Float32Array | null} values @param {Float32Array | null} weights */
    show(answer, values, weights) {
      const { patch } = answer;
      parent.hidden = patch === null || values === null || weights === null;
      if (!patch || !values || !weights) return;
      const is_vector = network.get().by_id.get(patch.layer)?.output_shape.length === 1;
      block = { patch, values, weights, answer, is_vector };
      const is_weighed = isWeighed(answer);
      const has_cells = area(patch) > 1 && area(patch) <= MOST_CELLS;
      by_cell.hidden = !has_cells;
      grids.replaceChildren(
        patch_grid.node,
        ...(is_weighed ? [times, kernel_grid.node, equals, product_grid.node] : []),
      );
      grids.style.setProperty("--grid-columns", String(patch.columns.length));
      patch_grid.caption(`read from ${patch.layer}`);
      if (!has_cells) ranked.show(termsOf(block));
      else if (patch.channels > 1) ranked.show(channelsOf(block));
      else ranked.show(null);
      if (has_cells) showChannel(largestChannel(block));
    },
  };

  /** @param {Block} shown @returns {import("./ranked_terms.js").RankedTerms} */
  function termsOf(shown) {
    const { patch, values, weights, answer, is_vector } = shown;
    const is_weighed = isWeighed(answer);
    const products = Float64Array.from(values, (value, term) => value * weights[term]);
    return {
      heading: is_vector ? "feature" : "channel",
      product_heading: is_weighed ? "= product" : "value",
      ranked_by: is_weighed ? "product" : "value",
      products,
      values: is_weighed ? values : null,
      weights: is_weighed ? weights : null,
      total: patch.total ?? Number.NaN,
      label: (term) => labelOf(shown, term),
      hint: (term) => `${words(term)}. Click to see how it was made.`,
      onChoose: open,
      adds_up: answer.kind === "weighted_sum",
    };
  }

  /** @param {Block} shown @returns {import("./ranked_terms.js").RankedTerms} */
  function channelsOf(shown) {
    const { patch, answer } = shown;
    const sums = channelSums(shown);
    return {
      heading: "channel",
      product_heading: answer.kind === "weighted_sum" ? "its share of the sum" : "sum",
      ranked_by: answer.kind === "weighted_sum" ? "share" : "sum",
      products: sums,
      values: null,
      weights: null,
      total: patch.total ?? Number.NaN,
      label: (channel) => `channel ${patch.first_channel + channel}`,
      hint: (channel) => `Show the patch of channel ${patch.first_channel + channel}`,
      onChoose: showChannel,
      chosen: largestChannel(shown),
      adds_up: answer.kind === "weighted_sum",
    };
  }
}

const HINT = "Point at a cell for all its digits; click one to see how it was made.";
/** Larger maps than this are listed, not drawn cell by cell. */
export const MOST_CELLS = 400;

/** @param {import("../../types.js").PatchGeometry} patch */
const area = ({ rows, columns }) => rows.length * columns.length;

/** @param {Explanation} answer  A mean weighs nothing, although its terms are added. */
export const isWeighed = ({ patch, divisor }) => (patch?.is_weighted ?? false) && divisor === null;

/** @param {Block} block @param {number} term */
function labelOf(block, term) {
  const { patch, is_vector } = block;
  const unit = unitOf(block, term);
  if (!unit) return "padding";
  if (is_vector) return `feature ${formatInteger(unit.channel)}`;
  return area(patch) === 1
    ? `channel ${formatInteger(unit.channel)}`
    : `${unit.channel}, ${unit.row}, ${unit.column}`;
}

/** @param {Block} block */
function channelSums({ patch, values, weights }) {
  const size = area(patch);
  return Float64Array.from({ length: patch.channels }, (_, channel) => {
    let total = 0;
    for (let term = channel * size; term < (channel + 1) * size; term += 1) {
      total += values[term] * weights[term];
    }
    return total;
  });
}

/** @param {Block} block  The channel that counts most. */
export function largestChannel(block) {
  const sums = channelSums(block);
  return sums.reduce(
    (best, sum, channel) => (Math.abs(sum) > Math.abs(sums[best]) ? channel : best),
    0,
  );
}

/** @param {Explanation} answer @param {number} channel @returns {(Node | string)[]} */
function headingOf({ kind, patch, divisor }, channel) {
  if (kind === "maximum") return [`The window in channel ${channel}; its `, explain("argmax", "argmax"), " is framed"];
  if (divisor !== null) return [`The values of channel ${channel}`];
  const of = patch && patch.channels > 1 ? `Channel ${channel}, one of ${formatInteger(patch.channels)}` : `Channel ${channel}`;
  return kind === "weighted_sum"
    ? [
        ...[`${of}: `, explain("patch", "patch"), ", ", explain("kernel", "kernel")],
        ...[" and ", explain("dot-product", "products")],
      ]
    : [of];
}
