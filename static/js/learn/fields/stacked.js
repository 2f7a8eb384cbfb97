/** The calculator in the chapter, and its recurrence with the numbers of one layer. */

import { byId, setText } from "../../shared/element.js";
import { formatInteger, signed } from "../../shared/format.js";
import { createCalculator } from "../../stack/calculator.js";
import { createFormula } from "../parts/formula.js";

/** @param {number} value */
const written = (value) => signed(formatInteger(value));

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export function createStacked(address, { api }) {
  const size = createFormula("fields.size");
  const jump = createFormula("fields.jump");
  const start = createFormula("fields.start");
  createCalculator(byId("stack-calculator"), byId("stack-tools"), {
    address,
    api,
    onShow(layers, rows, place) {
      const formulas = byId("stack-formulas");
      formulas.hidden = place < 0;
      if (place < 0) return;
      const layer = layers[place];
      const row = rows[place];
      const before = rows[place - 1] ?? { size: 1, stride: 1, padding: 0 };
      setText(byId("stack-which"), `Layer ${place + 1}`);
      const { kernel, dilation, stride, padding } = layer;
      size.fill({ before: before.size, kernel, dilation, jump: before.stride, size: row.size }, written);
      jump.fill({ jump: before.stride, stride, after: row.stride }, written);
      start.fill({ before: -before.padding, padding, jump: before.stride, start: -row.padding }, written);
    },
  });
}
