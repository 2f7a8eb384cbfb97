/** The fields of one network, layer by layer. */

import { element } from "../../shared/element.js";
import { formatShape } from "../../shared/format.js";

/** @typedef {import("../../types.js").Layer} Layer */

const HEADS = ["layer", "operation", "output", "field", "stride so far", "padding so far", "remarks"];

/** @param {import("../../types.js").Size | null} axes */
function axesText(axes) {
  if (!axes) return "";
  const { height, width } = axes;
  const text = height === width ? `${height}` : `${height} × ${width}`;
  return text.replaceAll("-", "\u2212");
}

/** @param {Layer} layer */
function remark({ receptive_field: field }) {
  if (!field.size) return field.extent === "global" ? "sees everything" : "not known";
  const parts = [];
  if (field.of === "trunk") parts.push("of the trunk");
  if (field.status === "bound") parts.push("at most");
  if (field.aligned === false) parts.push("not aligned");
  return parts.join(", ");
}

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {{networks: import("./networks.js").Networks, address: import("./address.js").Address}}
 *   parts
 */
export function createTable(parent, tools, { networks, address }) {
  const choice = element("select", {
    class: "select",
    attributes: { "aria-label": "Network of the table" },
    on: { change: () => address.change({ table: choice.value }) },
  });
  tools.append(choice);
  const body = element("tbody");
  parent.append(
    element(
      "table",
      { class: "fields-table" },
      element(
        "thead",
        {},
        element("tr", {}, ...HEADS.map((text) => element("th", { text, attributes: { scope: "col" } }))),
      ),
      body,
    ),
  );

  let shown_id = "";

  function update() {
    const { shown } = networks.get();
    const ids = shown.map(({ id }) => id);
    if ([...choice.options].map(({ value }) => value).join() !== ids.join()) {
      choice.replaceChildren(
        ...shown.map(({ id, title }) =>
          element("option", { text: title, attributes: { value: id } }),
        ),
      );
    }
    const wanted = address.get().table;
    const model = shown.find(({ id }) => id === wanted) ?? shown[0];
    choice.disabled = shown.length === 0;
    if (model) choice.value = model.id;
    if ((model?.id ?? "") === shown_id) return;
    shown_id = model?.id ?? "";
    body.replaceChildren(...(model ? model.layers.map((layer) => rowOf(model.id, layer)) : []));
  }

  /** @param {string} model_id @param {Layer} layer */
  function rowOf(model_id, layer) {
    const { size, stride, padding, reason } = layer.receptive_field;
    const href = `./?model=${encodeURIComponent(model_id)}&layer=${encodeURIComponent(layer.id)}`;
    /** @param {string} text */
    const cell = (text) => element("td", { text });
    return element(
      "tr",
      { attributes: { "data-layer": layer.id } },
      element("th", { attributes: { scope: "row" } }, element("a", { text: layer.id, attributes: { href } })),
      cell(layer.operation.replaceAll("_", " ")),
      cell(formatShape(layer.output_shape)),
      cell(axesText(size)),
      cell(axesText(stride)),
      cell(axesText(padding)),
      element("td", { text: remark(layer), attributes: reason ? { title: reason } : {} }),
    );
  }

  networks.subscribe(update);
  address.subscribe(update);
  update();
}
