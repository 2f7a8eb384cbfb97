/** The calculator: layers stacked by hand, what that does to the field, and what it costs. */

import { button, element, setText } from "../shared/element.js";
import { formatInteger } from "../shared/format.js";
import { createLatest } from "../shared/latest.js";
import { createNumberField } from "../shared/number_field.js";
import { asProblem } from "../shared/problem.js";
import { headRow } from "./head_row.js";
import { HEADS, createLayerRow } from "./layer_row.js";
import { createPattern } from "./pattern.js";
import { PRESETS } from "./presets.js";
import { createProposals } from "./proposals.js";
import {
  LARGEST_INPUT,
  MOST_CHANNELS,
  MOST_LAYERS,
  NEW_LAYER,
  computeStack,
  faultOf,
  stackOfText,
  textOfStack,
} from "./stack.js";

/** @typedef {import("./stack.js").StackLayer} StackLayer */
/** @typedef {import("./stack.js").StackRow} StackRow */

/**
 * @typedef {object} Stacked  What of an address is the calculator's.
 * @property {string} stack as `textOfStack` writes it
 * @property {number} input px a side
 * @property {number} channels of the input
 * @property {number} target px a side of a field that is wanted; 0: none
 *
 * @typedef {object} StackAddress
 * @property {() => Stacked} get
 * @property {(changes: Partial<Stacked>) => void} change
 * @property {(listener: () => void) => void} subscribe
 */

export const LARGEST_TARGET = 1024;

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {object} parts
 * @param {StackAddress} parts.address
 * @param {import("../api/api.js").Api} parts.api
 * @param {(layers: StackLayer[], rows: StackRow[], place: number) => void} [parts.onShow] place: of
 *   the layer that is being edited, else the last; -1: there is none
 */
export function createCalculator(parent, tools, { address, api, onShow }) {
  const latest = createLatest();
  const input = wholeInput("Input size, pixels", "input", LARGEST_INPUT);
  const channels = wholeInput("Channels of the input", "channels", MOST_CHANNELS);
  const presets = element("select", {
    class: "select",
    attributes: { "aria-label": "Begin with a known stack" },
    on: {
      change() {
        const preset = PRESETS.find(({ title }) => title === presets.value);
        if (preset) {
          const { text, input: size, channels: count } = preset;
          at = null;
          address.change({ stack: text, input: size, channels: count });
        }
        presets.value = "";
      },
    },
  });
  presets.append(
    element("option", { text: "Begin with …", attributes: { value: "" } }),
    ...PRESETS.map(({ title }) => element("option", { text: title, attributes: { value: title } })),
  );
  tools.append(
    element("label", { class: "fields-check" }, "input", input, "px"),
    element("label", { class: "fields-check" }, "with", channels, "channels"),
    presets,
  );

  const body = element("tbody");
  const sums = ["parameters", "multiply-adds"].map((name) =>
    element("td", { class: "calculator-sum", attributes: { "data-head": name } }),
  );
  const total = element(
    "tr",
    {},
    element("th", { text: "together", attributes: { scope: "row", colspan: 13 } }),
    ...sums,
    element("td"),
  );
  const refusal = element("p", { class: "calculator-refusal is-wrong", attributes: { role: "status" } });
  const result = element("p", { class: "calculator-result", attributes: { role: "status" } });
  const add = button("Add a layer", addLayer, { class: "button button-small" });
  parent.append(
    element(
      "div",
      { class: "fields-table-box", attributes: { tabindex: 0, role: "group", "aria-label": "Layers of the stack" } },
      element(
        "table",
        { class: "fields-table calculator-table" },
        element(
          "thead",
          {},
          headRow(HEADS, "to remove"),
        ),
        body,
        element("tfoot", {}, total),
      ),
    ),
    add,
    refusal,
    result,
  );
  const pattern = createPattern(parent);
  const target = createNumberField({
    ...{ label: "field to reach, px a side", low: 1, high: LARGEST_TARGET, step: 1 },
    value: address.get().target || 1,
    onChange: (value) => address.change({ target: value }),
  });
  const wanted = element(
    "div",
    { class: "proposals" },
    target.node,
    element("p", { class: "proposals-note", text: "Ways there, all layers with 64 channels:" }),
  );
  parent.append(wanted);
  const proposals = createProposals(wanted, {
    onTake(taken) {
      at = null;
      change(taken);
    },
  });

  /** @type {StackLayer[]} */
  let layers = [];
  /** @type {ReturnType<typeof createLayerRow>[]} */
  const rows = [];
  /** The layer that is being edited. @type {number | null} */
  let at = null;
  /** What is being typed and cannot be. @type {string | null} */
  let typed = null;
  let asked = "";

  /** @param {string} label @param {"input" | "channels"} name @param {number} most */
  function wholeInput(label, name, most) {
    const field = element("input", {
      class: "number-input",
      attributes: { type: "number", min: 1, max: most, "aria-label": label },
      on: {
        input() {
          const value = field.valueAsNumber;
          const fits = Number.isInteger(value) && value >= 1 && value <= most;
          typed = fits || field.value === "" ? null : `${label}: ${field.value} is no whole number from 1 to ${formatInteger(most)}`;
          if (fits) address.change({ [name]: value });
          showRefusal();
        },
        change() {
          field.value = String(address.get()[name]);
        },
      },
    });
    return field;
  }

  /** As wide as the one before. */
  function addLayer() {
    const width = layers.findLast(({ kind }) => kind !== "pool")?.channels ?? NEW_LAYER.channels;
    at = null;
    change([...layers, { ...NEW_LAYER, channels: width }]);
  }

  /** @param {StackLayer[]} next */
  function change(next) {
    typed = null;
    address.change({ stack: textOfStack(next.slice(0, MOST_LAYERS)) });
  }

  /** @param {number} count  As many rows as there are layers; those that were there stay. */
  function makeRows(count) {
    while (rows.length > count) rows.pop()?.node.remove();
    while (rows.length < count) {
      const place = rows.length;
      const row = createLayerRow({
        onEdit: (changes) =>
          change(layers.map((layer, each) => (each === place ? { ...layer, ...changes } : layer))),
        onRefusal(words) {
          typed = words && `Layer ${place + 1}, ${words}`;
          showRefusal();
        },
        onRemove() {
          at = null;
          change(layers.filter((_, each) => each !== place));
        },
        onFocus() {
          at = place;
          showPlace();
        },
      });
      rows.push(row);
      body.append(row.node);
    }
  }

  /** @type {StackRow[]} */
  let computed = [];
  /** @type {import("./stack.js").Fault | null} */
  let fault = null;

  function showPlace() {
    const place = at !== null && at < computed.length ? at : computed.length - 1;
    for (const [each, { node }] of rows.entries()) node.classList.toggle("is-current", onShow !== undefined && each === place);
    onShow?.(layers, computed, place);
  }

  function showRefusal() {
    setText(refusal, typed ? `${typed}.` : fault ? `Layer ${fault.place + 1}: ${fault.text}` : "");
  }

  /** @param {StackRow | undefined} last */
  function showResult(last) {
    pattern.show(last ? last.pattern : null);
    if (!last) {
      setText(result, "No layers: a unit is a pixel.");
      return;
    }
    const { size, stride, padding, output } = last;
    const begins = padding > 0 ? `${padding} px before the input` : "at the border of the input";
    setText(
      result,
      `A unit of the last layer sees ${size} × ${size} px, its neighbour ${stride} px further; ` +
        `the first begins ${begins}. The output has ${output} × ${output} ${output > 1 ? "units" : "unit"}.`,
    );
  }

  /** @param {import("../types.js").Stack | null} answer null: not known */
  function showCosts(answer) {
    for (const [place, row] of rows.entries()) row.showCosts(answer?.layers[place]);
    for (const [place, name] of /** @type {const} */ (["parameters", "multiply_adds"]).entries()) {
      setText(sums[place], answer ? formatInteger(answer[name]) : "–");
      if (answer) sums[place].dataset.value = String(answer[name]);
    }
    proposals.show(answer?.proposals ?? []);
  }

  function ask() {
    const { input: size, channels: count, target: reach } = address.get();
    const body_sent = {
      input: size,
      channels: count,
      layers: layers.slice(0, fault ? fault.place : undefined),
      ...(reach > 0 ? { target: reach } : {}),
    };
    if (JSON.stringify(body_sent) === asked) return;
    asked = JSON.stringify(body_sent);
    latest.run(
      (signal) => api.stack(body_sent, signal),
      (answer) => {
        showCosts(answer);
        showRefusal();
      },
      (error) => {
        if (error instanceof DOMException && error.name === "AbortError") return;
        asked = "";
        showCosts(null);
        setText(refusal, `Not counted: ${asProblem(error).message}`);
      },
    );
  }

  let shown = "";
  function update() {
    const { stack, input: size, channels: count, target: reach } = address.get();
    const now = JSON.stringify([stack, size, count, reach]);
    if (now === shown) return; // something else on the page has changed
    shown = now;
    for (const [field, value] of /** @type {[HTMLInputElement, number][]} */ ([[input, size], [channels, count]])) {
      if (document.activeElement !== field || field.value === "") field.value = String(value);
    }
    if (reach > 0) target.show(reach);
    layers = stackOfText(stack);
    computed = computeStack(layers, size, count);
    fault = faultOf(layers, computed, size, count);
    add.disabled = layers.length >= MOST_LAYERS;
    makeRows(layers.length);
    for (const [place, row] of rows.entries()) row.show(layers[place], place, computed[place]);
    if (typed === null) showRefusal();
    showResult(computed.at(-1));
    showPlace();
    ask();
  }
  address.subscribe(update);
  update();
}
