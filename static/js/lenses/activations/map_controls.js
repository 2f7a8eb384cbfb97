/** How the maps are sorted, scaled and coloured, and where they can be saved. */

import { element } from "../../shared/element.js";

const SORTS = /** @type {const} */ ({
  index: "by index",
  mean: "by mean",
  maximum: "by maximum",
  minimum: "by minimum",
  active: "by share active",
  contribution: "by contribution",
});
const RANGES = /** @type {const} */ ({ channel: "each map", layer: "whole layer" });
const COLOURS = /** @type {const} */ ({
  auto: "auto colours",
  viridis: "viridis",
  grey: "grey",
  diverging: "diverging",
});

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./lens.js").LayerContext} inner
 * @returns {import("../../page_types.js").View}
 */
export function createMapControlsView(parent, { state, api, analysis, network }, inner) {
  /**
   * @param {string} label
   * @param {Record<string, string>} choices
   * @param {(value: any) => void} onChange
   */
  function select(label, choices, onChange) {
    const node = element(
      "select",
      { class: "select", attributes: { "aria-label": label } },
      ...Object.entries(choices).map(([value, text]) =>
        element("option", { text, attributes: { value } }),
      ),
    );
    node.addEventListener("change", () => onChange(node.value));
    return node;
  }
  const sort = select("Order of the maps", SORTS, (value) => state.change({ sort: value }));
  const colours = select("Colours", COLOURS, (value) => state.change({ colours: value }));
  const range_inputs = Object.keys(RANGES).map((range) =>
    element("input", {
      attributes: { type: "radio", name: "range", value: range },
      on: { change: () => state.change({ range: /** @type {any} */ (range) }) },
    }),
  );
  const range = element(
    "div",
    {
      class: "switch",
      attributes: { role: "radiogroup", "aria-label": "What the colours span" },
    },
    ...Object.values(RANGES).map((text, place) =>
      element("label", {}, range_inputs[place], element("span", { text })),
    ),
  );
  const save_npy = element("a", { text: ".npy", attributes: { download: true } });
  const save_png = element("a", { text: ".png", attributes: { download: true } });
  save_npy.title = "The exact float32 values; numpy.load reads them";
  const save = element("span", { class: "save" }, "save ", save_npy, " ", save_png);
  parent.append(sort, range, colours, save);

  function update() {
    const selection = state.get();
    const has_scores = analysis.get().model?.classes !== 0;
    const by_class = [...sort.options].find(({ value }) => value === "contribution");
    if (by_class) by_class.hidden = !has_scores;
    sort.value = selection.sort === "contribution" && !has_scores ? "index" : selection.sort;
    colours.value = selection.colours;
    const { maps } = inner.layer_maps.get();
    for (const input of range_inputs) {
      input.checked = input.value === (maps?.is_single ? "layer" : selection.range);
      input.disabled = maps?.is_single ?? false;
    }
    save.classList.toggle("is-invisible", !inner.layer_maps.isCurrent());
    if (!maps) return;
    const query = { model: maps.model, layer: maps.layer, image: maps.image };
    save_npy.href = api.activationsUrl({ ...query, format: "npy" });
    save_png.href = api.activationsUrl({
      ...query,
      format: "png",
      scale: selection.range,
      colours: inner.colours(),
    });
    save_png.hidden = maps.is_vector;
  }
  const sources = [state, inner.layer_maps, analysis, network];
  const ends = sources.map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
