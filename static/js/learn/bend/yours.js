/** What the ReLUs of a real network cut off on the person's picture. */

import { byId, element, setText } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { pageAddress } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { onChange } from "./address.js";

const NETWORKS = [
  { value: "efficientnet_lite0.imagenet1k", text: "EfficientNet-Lite0" },
  { value: "vgg_32.mnist5k", text: "VGG for digits" },
  { value: "mlp.mnist5k", text: "MLP for digits" },
];
/** @type {Record<string, string>} operations that cut, and their names */
const CUTS = { relu: "ReLU", relu6: "ReLU6" };

/**
 * @typedef {{layer: string, name: string, units: number, cut: number, shape: number[]}} CutLayer
 *
 * @param {{api: import("../../api/api.js").Api, address: import("./address.js").BendAddress,
 *   fail: (error: unknown) => void}} parts
 */
export async function createYours({ api, address, fail }) {
  const said = byId("yours-said");
  const list = element("ol", { class: "bend-layers" });
  byId("yours-layers").append(list);
  const networks = createChosenOne({
    label: "Network",
    choices: NETWORKS,
    value: address.get().net,
    onChange: (net) => address.change({ net }, { step: true }),
  });
  byId("yours-network").append(networks.node);
  const latest = createLatest();
  let image = "";
  let shown = "";

  function show() {
    const { net } = address.get();
    networks.show(net);
    if (!image || shown === `${net} ${image}`) return;
    shown = `${net} ${image}`;
    setText(said, "Running the network on your picture…");
    list.replaceChildren();
    latest.run((signal) => cutsOf(net, image, signal), showCuts, (error) => {
      shown = "";
      fail(error);
    });
  }

  /** @param {string} model @param {string} of @param {AbortSignal} signal */
  async function cutsOf(model, of, signal) {
    const { layers } = await api.model(model, signal);
    /** @type {CutLayer[]} */
    const cuts = [];
    for (const { id, operation } of layers ?? []) {
      if (!(operation in CUTS)) continue;
      const found = await api.layerStatistics({ model, layer: id, image: of }, signal);
      const units = found.shape.reduce((product, size) => product * size, 1);
      cuts.push({
        layer: id,
        name: CUTS[operation],
        units,
        cut: Math.round(units * (1 - found.fraction_active)),
        shape: found.shape,
      });
    }
    return { model, image: of, cuts };
  }

  /** @param {{model: string, image: string, cuts: CutLayer[]}} found */
  function showCuts({ model, image: of, cuts }) {
    const units = cuts.reduce((sum, each) => sum + each.units, 0);
    const cut = cuts.reduce((sum, each) => sum + each.cut, 0);
    const names = [...new Set(cuts.map(({ name }) => name))].join(" and ");
    fail(null);
    said.dataset.cut = String(cut);
    said.dataset.units = String(units);
    setText(
      said,
      `${formatInteger(cuts.length)} layers of ${names} set ${formatInteger(cut)} of ${formatInteger(units)} units to zero on this picture, ${formatPercent(cut / units)}. Open one to see a unit on its curve.`,
    );
    list.replaceChildren(
      ...cuts.map((each) => {
        const [channels, ...rest] = each.shape;
        const middle = rest.map((size) => Math.floor(size / 2));
        const where = {
          model,
          image: of,
          layer: each.layer,
          lens: "number",
          channel: Math.floor(channels / 2),
          row: middle[0],
          column: middle[1],
        };
        const share = each.cut / each.units;
        const bar = element("span", { class: "bend-bar", attributes: { "aria-hidden": "true" } });
        bar.style.setProperty("--share", String(share));
        return element(
          "li",
          { attributes: { "data-layer": each.layer, "data-share": share } },
          element("a", { text: each.layer, attributes: { href: pageAddress(where) } }),
          bar,
          element("span", { class: "figure", text: formatPercent(share) }),
        );
      }),
    );
  }

  onChange(address, ["net"], show);
  await createOwnPicture(byId("picture"), {
    api,
    address,
    onPicture(id) {
      image = id;
      show();
    },
  });
}
