/** VGG-16's first dense layer: one window over the whole of the last maps. */

import { byId, setText } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { LAST_MAPS_PX } from "./address.js";
import { isDense } from "./words.js";

/**
 * @param {import("./address.js").Address} address
 * @param {import("../../types.js").FamousDesign} design
 */
export function createVgg(address, { steps, parameters }) {
  const formula = createFormula("designs.dense");
  const share = createFormula("designs.share");
  const place = steps.findIndex(isDense);
  const [dense, last] = [steps[place], steps[place - 1]];
  const side = createNumberField({
    ...{ label: "side of the last maps", low: 1, high: LAST_MAPS_PX, step: 1, unit: "px" },
    value: address.get().side,
    onChange: (value) => address.change({ side: value }),
  });
  byId("dense-tools").append(side.node);

  function show() {
    const px = address.get().side;
    side.show(px);
    const [maps, units] = [last.maps[0], dense.maps[0]];
    const count = px ** 2 * maps * units + units;
    const all = parameters - dense.parameters + count;
    formula.fill({ side: px, maps, units, parameters: count }, formatInteger);
    share.fill({ parameters: count, all }, formatInteger);
    share.fill({ share: count / all });
    byId("dense-words").dataset.value = String(count);
    setText(
      byId("dense-words"),
      px === LAST_MAPS_PX
        ? `As it is: ${formatPercent(count / all)} of all its numbers are in this one layer.`
        : `With last maps of ${px} × ${px} all of VGG-16 would have ${formatInteger(all)} numbers`
          + `${px === 1 ? ": that is what averaging every map first would do" : ""}.`,
    );
  }
  address.subscribe(show);
  show();
}
