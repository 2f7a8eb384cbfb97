/** One channel under the window: its values, the kernel, the products, and their sum as it grows. */

import { element, setText } from "../../shared/element.js";
import { createValueGrid } from "./value_grid.js";
import { exactFloat32, exactText, readable } from "./values.js";

/**
 * @typedef {object} Channel
 * @property {string} name
 * @property {Float32Array} values
 * @property {Float32Array | null} kernel null: nothing is weighed
 * @property {number} columns
 * @property {number} largest magnitude of the whole map
 * @property {boolean[]} voids where nothing is read
 * @property {number} lit so many of them are done
 * @property {number} winner of a maximum, -1 where none is
 * @property {"sum" | "maximum"} does
 */

/** Wider than this, numbers do not fit a narrow screen; wider than that, none. */
const ROOMY_COLUMNS = 3;
const READABLE_COLUMNS = 5;

export function createPlayChannel() {
  const nothing = () => undefined;
  const patch = createValueGrid("values", nothing);
  const kernel = createValueGrid("kernel", nothing);
  const products = createValueGrid("products", nothing);
  const signs = ["×", "="].map((text) => element("span", { class: "grid-sign", text }));
  const title = element("h4", { class: "play-name" });
  const sum = element("p", { class: "play-sum figure" });
  const grids = element("div", { class: "play-grids" });
  const node = element("section", { class: "play-channel" }, title, grids, sum);

  return {
    node,

    /** Before its numbers are here. @param {string} text */
    name: (text) => setText(title, text),

    /** @param {Channel} shown @returns {number} the sum of the products, or the largest value */
    show({ name, values, kernel: weights, columns, largest, voids, lit, winner, does }) {
      setText(title, name);
      node.classList.toggle("is-wide", columns > ROOMY_COLUMNS);
      node.classList.toggle("is-widest", columns > READABLE_COLUMNS);
      const isLater = (/** @type {number} */ index) => index >= lit;
      const isVoid = (/** @type {number} */ index) => voids[index];
      const done = weights
        ? Float64Array.from(values, (value, index) => value * weights[index])
        : Float64Array.from(values);
      const isNow = (/** @type {number} */ index) => lit < values.length && index === lit - 1;
      const isMarked = (/** @type {number} */ index) => isNow(index) || (index === winner && lit === values.length);
      patch.show({ values, columns, largest, isVoid, isMarked, title: (index) => exactFloat32(values[index]) });
      if (weights) {
        kernel.show({ values: weights, columns, isMarked: isNow, title: (index) => exactFloat32(weights[index]) });
        products.show({ values: done, columns, isLater, isMarked: isNow, title: (index) => exactText(done[index]) });
      }
      const wanted = weights
        ? [patch.node, signs[0], kernel.node, signs[1], products.node]
        : [patch.node];
      if (grids.children.length !== wanted.length) grids.replaceChildren(...wanted);
      const so_far = done.subarray(0, lit);
      const result =
        does === "maximum"
          ? so_far.reduce((most, value) => Math.max(most, value), -Infinity)
          : so_far.reduce((total, product) => total + product, 0);
      const what = does === "maximum" ? "largest value" : "sum";
      const of = lit < values.length ? `${what} of the first ${lit}` : `${what} of all ${values.length}`;
      setText(sum, `${of}: ${readable(result)}`);
      sum.dataset.value = String(result);
      return result;
    },
  };
}
