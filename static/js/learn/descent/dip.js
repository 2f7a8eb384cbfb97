/** How large a step may be in a dip, and whether the full gradient comes to rest in its own. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, setText } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { largestRate } from "./closed_form.js";

/** Who still steps farther than this has not come to rest. */
const AT_REST = 0.01;

export function createDip() {
  const limit = createFormula("descent.dip");
  return {
    /**
     * @param {import("./closed_form.js").Field} field
     * @param {import("./searchers.js").Place[]} places of the full gradient
     * @param {number} index where it is now
     */
    show({ curvatures, ripple, frequency }, places, index) {
      byId("race-dip").hidden = ripple === 0;
      const [lambda] = curvatures;
      const steepest = lambda + ripple * frequency ** 2;
      limit.fill({ lambda, h: ripple, q: frequency, limit: largestRate(steepest, 0) });
      const said = byId("race-dip-said");
      const moved =
        index > 0
          ? Math.hypot(...places[index].map((value, axis) => value - places[index - 1][axis]))
          : null;
      said.dataset.moved = String(moved);
      setText(
        said,
        moved === null
          ? ""
          : moved > AT_REST
            ? `The full gradient still swings: its latest step went ${readable(moved)} far.`
            : `The full gradient has come to rest: its latest step went ${readable(moved)} far.`,
      );
    },
  };
}
