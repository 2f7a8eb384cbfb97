/** The probability of one digit at every shift, by network. */

import { svg } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";
import { MOST_SHIFT_PX, NETWORKS } from "./address.js";

/** @param {HTMLElement} parent */
export function createSharesPlot(parent) {
  let shift_px = 0;
  const plot = createPlot(parent, {
    title: "Probability of the digit, by shift",
    x: { low: -MOST_SHIFT_PX, high: MOST_SHIFT_PX, label: "shift to the right, px", ticks: 8 },
    y: { low: 0, high: 1, label: "probability", ticks: 2 },
    aspect: 0.26,
    is_named_above: true,
  });
  plot.showMarks((scales) => {
    const at = scales.x.to(shift_px);
    return [svg("path", { class: "curve-here", d: `M${at} ${scales.y.to(1)}V${scales.y.to(0)}` })];
  });

  return {
    /**
     * @param {Map<string, import("../../types.js").Sweep>} said
     * @param {number | null} label
     * @param {number} shift
     */
    show(said, label, shift) {
      shift_px = shift;
      plot.showCurves(
        NETWORKS.map(({ model, tone }) => ({
          name: "",
          tone,
          points: (said.get(model)?.points ?? []).map(({ classes }, place) => [
            place - MOST_SHIFT_PX,
            label === null ? null : classes[label].probability,
          ]),
        })),
      );
    },
  };
}
