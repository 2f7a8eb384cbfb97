/** A matrix product, entry by entry: one row of A times one column of B. */

import { byId, element } from "../../shared/element.js";
import { formatFixed } from "../../shared/format.js";
import { createStepper } from "../../shared/stepper.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { CHANNELS, SIDE, address, watch } from "./address.js";
import { channelLook, createNumberGrid } from "./number_grid.js";

export function createProduct() {
  const formula = createFormula("tensors.product");
  const channel = createChosenOne({
    label: "the matrices of",
    choices: CHANNELS.map((value) => ({ value, text: value })),
    value: address.get().channel,
    onChange: (value) => address.change({ channel: value }),
  });
  byId("product-tools").append(channel.node);
  const grids = {
    a: createNumberGrid("A", (row) => choose(row, address.get().j)),
    b: createNumberGrid("B", (_, column) => choose(address.get().i, column)),
    c: createNumberGrid("C = A B", choose),
  };
  const sign = (/** @type {string} */ text) =>
    element("span", { class: "pair-sign", text, attributes: { "aria-hidden": "true" } });
  byId("product-grids").append(grids.a.node, sign("×"), grids.b.node, sign("="), grids.c.node);
  const stepper = createStepper(byId("product-stepper"), {
    label: "Entry of C",
    last: SIDE * SIDE - 1,
    at: address.get().i * SIDE + address.get().j,
    per_second: 3,
    describe: (step) => `row ${Math.floor(step / SIDE)}, column ${step % SIDE}`,
    onShow: light,
    onRest: (step) => choose(Math.floor(step / SIDE), step % SIDE),
  });
  /** @type {{a: number[][], b: number[][], c: number[][]} | null} */
  let shown = null;

  /** @param {number} i @param {number} j */
  function choose(i, j) {
    address.change({ i, j });
  }

  /** @param {number} step */
  function light(step) {
    const [i, j] = [Math.floor(step / SIDE), step % SIDE];
    grids.a.light((row) => row === i, i * SIDE + j);
    grids.b.light((_, column) => column === j, i * SIDE + j);
    grids.c.light((row, column) => row === i && column === j, step);
    if (!shown) return;
    const { a, b, c } = shown;
    const slots = a[i].flatMap((each, k) => [
      [`a${k}`, each],
      [`b${k}`, b[k][j]],
    ]);
    formula.fill({ ...Object.fromEntries(slots), c: c[i][j] });
  }

  watch(["i", "j"], ({ i, j }) => {
    if (!stepper.isPlaying() && stepper.get() !== i * SIDE + j) stepper.go(i * SIDE + j);
    light(stepper.get());
  });
  watch(["channel"], (now) => channel.show(now.channel));

  return {
    /** @param {import("./lesson.js").Patches} patches */
    show({ a, b, products }) {
      const at = CHANNELS.indexOf(address.get().channel);
      shown = { a: a.values[at], b: b.values[at], c: products[at] };
      for (const [name, rows] of Object.entries(shown)) {
        const largest = name === "c" ? Math.max(...rows.flat()) || 1 : 1;
        grids[/** @type {"a" | "b" | "c"} */ (name)].show((row, column) => {
          const value = rows[row][column];
          const title = `${name.toUpperCase()}, row ${row}, column ${column}: ${formatFixed(value, 4)}`;
          const text = formatFixed(value, 2).replace(/^0(?=\.)/, "");
          return { text, title, value, ...channelLook(at, value / largest) };
        });
      }
      light(stepper.get());
    },
  };
}
