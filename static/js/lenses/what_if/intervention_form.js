/** What can be done to the selected channel, to its unit, to a weight of its kernel, to a way. */

import { MOST_INTERVENTIONS } from "../../address/interventions.js";
import { button, element } from "../../shared/element.js";

/** @typedef {import("../../address/interventions.js").Intervention} Intervention */

/** @param {string} label @param {Record<string, string | number>} attributes */
function numberField(label, attributes) {
  const input = element("input", {
    class: "number-field",
    attributes: { type: "number", "aria-label": label, ...attributes },
  });
  return { input, node: element("label", { class: "field" }, label, input) };
}

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createInterventionFormView(parent, { state, network }) {
  const title = element("p", { class: "what-if-place" });
  const channel = numberField("channel", { min: 0, step: 1, value: 0 });
  const only_unit = element("input", { attributes: { type: "checkbox" } });
  const only_label = element("label", { class: "field" }, only_unit, element("span"));
  const amount = numberField("amount", { step: "any", value: 2 });
  const small = { class: "button button-small" };
  const off = button("Switch off", () => add("switch_off"), small);
  const scale = button("Scale by", () => add("scale"), small);
  const pin = button("Pin to", () => add("pin"), small);
  const quick = element(
    "div",
    { class: "what-if-row" },
    channel.node,
    off,
    scale,
    pin,
    amount.node,
    only_label,
  );
  const kernel_fields = ["input channel", "row", "column", "new value"].map((label) =>
    numberField(label, { step: label === "new value" ? "any" : 1, value: 0 }),
  );
  const kernel = element(
    "details",
    { class: "what-if-kernel" },
    element("summary", { class: "quiet-summary", text: "Edit one weight of its kernel" }),
    element(
      "div",
      { class: "what-if-row" },
      ...kernel_fields.map(({ node }) => node),
      button("Set weight", () => addKernel(), small),
    ),
  );
  const cut_from = element("select", {
    class: "select",
    attributes: { "aria-label": "input that is cut" },
  });
  const cut = button("Cut", () => addCut(), {
    ...small,
    title: "The layer reads zeros from this input; what else reads it still does",
  });
  const ways = element(
    "div",
    { class: "what-if-row" },
    cut,
    element("label", { class: "field" }, "the way from", cut_from),
  );
  parent.append(title, quick, kernel, ways);
  channel.input.addEventListener("change", () => {
    const layer = network.selected();
    const value = Math.round(channel.input.valueAsNumber);
    if (!layer || !(value >= 0 && value < layer.output_shape[0])) return;
    const { row, column } = state.get();
    const [, height, width] = layer.output_shape;
    const place = layer.output_shape.length < 3
      ? { row: null, column: null }
      : { row: row ?? Math.floor(height / 2), column: column ?? Math.floor(width / 2) };
    state.change({ channel: value, ...place });
  });

  /** @param {"switch_off" | "scale" | "pin"} kind */
  function add(kind) {
    const layer = network.selected();
    const number = channel.input.valueAsNumber;
    if (!layer || !Number.isInteger(number)) return;
    const { row, column } = state.get();
    const unit =
      only_unit.checked && row !== null && column !== null ? { row, column } : {};
    const place = { layer: layer.id, channel: number, ...unit };
    const value = Number.isFinite(amount.input.valueAsNumber) ? amount.input.valueAsNumber : 0;
    if (kind === "switch_off") put({ kind, ...place });
    else if (kind === "scale") put({ kind, factor: value, ...place });
    else put({ kind, value, ...place });
  }

  function addKernel() {
    const layer = network.selected();
    const [input_channel, row, column, value] = kernel_fields.map(
      ({ input }) => input.valueAsNumber || 0,
    );
    const number = channel.input.valueAsNumber || 0;
    if (!layer) return;
    put({
      kind: "edit_kernel", layer: layer.id, channel: number, input_channel, row, column, value,
    });
  }

  function addCut() {
    const layer = network.selected();
    if (layer && cut_from.value) put({ kind: "cut", layer: layer.id, input: cut_from.value });
  }

  /** @param {import("../../types.js").Layer} layer */
  function showWays({ id, inputs, operation }) {
    ways.hidden = !["add", "concatenate"].includes(operation) || new Set(inputs).size < 2;
    const key = `${id} ${inputs.join()}`;
    if (ways.dataset.inputs === key) return;
    ways.dataset.inputs = key;
    cut_from.replaceChildren(...inputs.map((text) => element("option", { text })));
  }

  /** @param {Intervention} intervention */
  function put(intervention) {
    const { interventions } = state.get();
    state.change({ interventions: [...interventions, intervention] });
  }

  function update() {
    const layer = network.selected();
    parent.hidden = layer === null;
    if (!layer) return;
    const { channel: chosen, row, column, interventions } = state.get();
    const count = layer.output_shape[0];
    title.textContent = `${layer.id}: ${count} channels. Click one among the maps, or name it here.`;
    channel.input.max = String(count - 1);
    if (chosen !== null && document.activeElement !== channel.input) {
      channel.input.value = String(chosen);
    } else if (channel.input.valueAsNumber >= count) channel.input.value = "0";
    const has_unit = layer.output_shape.length === 3 && row !== null && column !== null;
    only_label.hidden = !has_unit;
    if (!has_unit) only_unit.checked = false;
    only_label.lastElementChild?.replaceChildren(`only its unit ${row}, ${column}`);
    kernel.hidden = !["convolution", "linear"].includes(layer.operation);
    showWays(layer);
    const is_full = interventions.length >= MOST_INTERVENTIONS;
    for (const each of [off, scale, pin, cut]) each.disabled = is_full;
  }

  const ends = [state, network].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
