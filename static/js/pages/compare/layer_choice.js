/** Which layer and which channel of a side are drawn. */

import { element } from "../../shared/element.js";
import { formatShape } from "../../shared/format.js";
import { LETTERS } from "./address.js";
import { createChannelField } from "./channel_field.js";
import { layersWithMaps } from "./channels.js";

/** @param {import("./address.js").Side} side @param {import("./page.js").Page} page */
export function createLayerChoice(side, { address, comparison }) {
  const state = () => comparison.get()[side];
  /** One lock, one choice. */
  const chooser = () => (comparison.lock() === "same" ? "left" : side);
  const select = element("select", {
    class: "select",
    attributes: { "aria-label": `Layer on the ${side}`, disabled: true },
    on: { change: () => address.changeSide(chooser(), { layer: select.value, channel: null }) },
  });
  const field = createChannelField(`Channel on the ${side}`, (channel) => {
    // Who names a channel on the right does not want the one that was found.
    if (side === "right" && comparison.lock() === "alike") {
      address.change({ lock: "free" }, { replace: true });
    }
    address.changeSide(chooser(), { channel });
  });
  const node = element(
    "div",
    { class: "part part-layer" },
    element("label", { class: "field" }, `${LETTERS[side]}, layer`, select),
    field.node,
  );
  /** @type {import("../../types.js").ModelDetail | null} */
  let offered = null;

  return {
    node,

    update() {
      const { detail, layer, maps, channel } = state();
      const is_other = detail !== offered;
      if (is_other) {
        offered = detail;
        const layers = detail ? layersWithMaps(detail) : [];
        select.replaceChildren(
          ...layers.map(({ id, output_shape }) =>
            element("option", { text: `${id} · ${formatShape(output_shape)}`, attributes: { value: id } }),
          ),
        );
        select.disabled = layers.length === 0;
      }
      select.value = layer?.id ?? "";
      if (maps && channel !== null) field.show(channel, maps.count);
      else field.clear(is_other);
    },
  };
}
