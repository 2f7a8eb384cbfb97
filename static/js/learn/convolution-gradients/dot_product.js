/** What the chosen output was made of: its window times the kernel, channel by channel. */

import { byId } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { KERNEL_PX } from "./geometry.js";

const TERMS = KERNEL_PX ** 2;

export function createDotProduct() {
  const node = byId("dot");
  const second = byId("dot-second");
  const parts = ["dot1", "dot2"].map((name) => createFormula(`convolution-gradients.${name}`));
  const sum = createFormula("convolution-gradients.dot-sum");

  return {
    /**
     * @param {import("./address.js").Kind} kind
     * @param {import("./lesson.js").Answer | null} told of what is chosen now
     */
    show(kind, told) {
      if (kind !== "output") node.hidden = true;
      if (kind !== "output" || !told) return; // a few milliseconds
      const ends = told.uses.flatMap(({ so_far }, place) => (place % TERMS === TERMS - 1 ? [so_far] : []));
      const totals = ends.map((end, channel) => end - (ends[channel - 1] ?? 0));
      for (const [channel, total] of totals.entries()) {
        const uses = told.uses.slice(channel * TERMS, (channel + 1) * TERMS);
        parts[channel].fill({
          ...Object.fromEntries(uses.map(({ x }, place) => [`x${place + 1}`, x])),
          ...Object.fromEntries(uses.map(({ w }, place) => [`w${place + 1}`, w])),
          sum: total,
        });
      }
      second.hidden = totals.length === 1;
      if (totals.length > 1) sum.fill({ first: totals[0], second: totals[1], y: ends[1] });
      node.hidden = false;
    },
  };
}
