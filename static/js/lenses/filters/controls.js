/** How filters are sorted and scaled, and where they can be saved. */

import { element } from "../../shared/element.js";

const ORDERS = /** @type {const} */ ({
  index: "by index",
  similarity: "by similarity",
  l2: "by L2 norm",
  l1: "by L1 norm",
  linf: "by L∞ norm",
});
const RANGES = /** @type {const} */ ({ channel: "each filter", layer: "whole layer" });

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./bank.js").FilterBankStore} bank
 * @returns {import("../../page_types.js").View}
 */
export function createFilterControlsView(parent, { state, api }, bank) {
  const order = element(
    "select",
    {
      class: "select",
      attributes: {
        "aria-label": "Order of the filters",
        title: "Similar: the leaves of the tree by average linkage of 1 − cosine",
      },
    },
    ...Object.entries(ORDERS).map(([value, text]) =>
      element("option", { text, attributes: { value } }),
    ),
  );
  order.addEventListener("change", () =>
    state.change({ filter_order: /** @type {import("../../page_types.js").FilterOrder} */ (order.value) }),
  );
  const ranges = Object.keys(RANGES).map((range) =>
    element("input", {
      attributes: { type: "radio", name: "filter-range", value: range },
      on: { change: () => state.change({ range: /** @type {any} */ (range) }) },
    }),
  );
  const range = element(
    "div",
    { class: "switch", attributes: { role: "radiogroup", "aria-label": "What the colours span" } },
    ...Object.values(RANGES).map((text, place) =>
      element("label", {}, ranges[place], element("span", { text })),
    ),
  );
  const dead = element("span", { class: "quiet" });
  const npy = element("a", { text: ".npy", attributes: { download: true } });
  const png = element("a", { text: ".png", attributes: { download: true } });
  npy.title = "The exact float32 weights; numpy.load reads them";
  parent.append(order, range, dead, element("span", { class: "save" }, "save ", npy, " ", png));

  function update() {
    const { facts, weights } = bank.get();
    const { filter_order, range: chosen } = state.get();
    order.value = filter_order;
    order.options[1].disabled = facts !== null && facts.order === null;
    const joint = weights?.kind === "rgb" || weights?.kind === "mixing";
    for (const input of ranges) {
      input.checked = input.value === (joint ? "layer" : chosen);
      input.disabled = joint;
    }
    if (!facts) return;
    dead.textContent = facts.dead > 0 ? `${facts.dead} dead` : "";
    dead.title = "L2 norm at most a thousandth of the largest L2 norm of the layer";
    const query = { model: facts.model, layer: facts.layer };
    npy.href = api.filtersUrl({ ...query, format: "npy" });
    png.href = api.filtersUrl({ ...query, format: "png", scale: chosen });
  }
  const ends = [bank, state].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
