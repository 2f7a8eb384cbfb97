/** Where to begin with How, when nothing is chosen yet. */

import { openUnit } from "../../address/selected_unit.js";
import { button, element } from "../../shared/element.js";

const OFFERED_CLASSES = 3;

/**
 * @param {import("../../page_types.js").Context} context
 * @param {{trail: {follow: (unit: Parameters<typeof openUnit>[1]) => void}, goToStrongest: () => void}} ways
 */
export function beginning({ state, network, analysis }, { trail, goToStrongest }) {
  const layer = network.selected();
  const output = network.get().detail?.output;
  const classes = analysis.get().prediction?.classes.slice(0, OFFERED_CLASSES) ?? [];
  return [
    element("h3", { text: "How was a number made?" }),
    element("p", {
      text:
        "Every number in the network is worked out from a few numbers of the layer before. " +
        "Choose one, and follow it back, number by number, down to the pixels.",
    }),
    element(
      "div",
      { class: "number-choices" },
      button(`The strongest unit of ${layer?.id ?? "this layer"}`, () => goToStrongest(), {
        class: "button button-primary",
      }),
      ...(output === undefined
        ? []
        : classes.slice(0, 1).map(({ index, label }) =>
            button(`Follow the largest product, from “${label}” to the pixels`, () =>
              trail.follow({ layer: output, channel: index, row: null, column: null }),
            ),
          )),
      ...(output === undefined
        ? []
        : classes.map(({ index, label }) =>
            button(`The score of “${label}”`, () =>
              openUnit(state, { layer: output, channel: index, row: null, column: null }),
            ),
          )),
    ),
    element("p", {
      class: "quiet",
      text: "Or click any place of any map under Maps, then come back here.",
    }),
  ];
}
