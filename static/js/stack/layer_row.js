/** One layer of a stack: its numbers, to be typed, and what comes of them. */

import { button, element, setText } from "../shared/element.js";
import { formatInteger, formatPercent, signed } from "../shared/format.js";
import { LIMITS, counts } from "./stack.js";

/** @typedef {import("./stack.js").StackLayer} StackLayer */
/** @typedef {import("./stack.js").StackRow} StackRow */
/** @typedef {import("./stack.js").NumberName} NumberName */
/** @typedef {import("../types.js").StackRow} Costs  as the server counts them */

/** @type {{kind: import("./stack.js").Kind, text: string}[]} */
const KINDS = [
  { kind: "convolution", text: "convolution" },
  { kind: "separable", text: "separable" },
  { kind: "pool", text: "pool" },
];
/** @type {NumberName[]} */
const SHAPE = ["kernel", "stride", "padding", "dilation"];
/** @type {NumberName[]} */
const WIDTH = ["channels", "groups"];
const GEOMETRY = ["output", "field", "stride so far", "read", "start", "centre"];
const COSTS = ["parameters", "multiply-adds"];
export const HEADS = ["layer", ...SHAPE, ...GEOMETRY, ...WIDTH, ...COSTS];

/** @param {StackRow} row */
const readText = ({ read, size }) => (read === size ? "all" : formatPercent((read / size) ** 2));

/**
 * @param {object} parts
 * @param {(changes: Partial<StackLayer>) => void} parts.onEdit
 * @param {(refusal: string | null) => void} parts.onRefusal of what is being typed; null: none
 * @param {() => void} parts.onRemove
 * @param {() => void} parts.onFocus
 */
export function createLayerRow({ onEdit, onRefusal, onRemove, onFocus }) {
  /** @type {StackLayer} */
  let layer;
  const kind = element(
    "select",
    {
      class: "select",
      on: { change: () => onEdit({ kind: /** @type {StackLayer["kind"]} */ (kind.value) }) },
    },
    ...KINDS.map((each) => element("option", { text: each.text, attributes: { value: each.kind } })),
  );
  const inputs = new Map([...SHAPE, ...WIDTH].map((name) => [name, numberInput(name)]));
  const told = new Map([...GEOMETRY, ...COSTS].map((name) => [name, cell(name)]));
  told.get("read")?.setAttribute("title", "Share of the field’s pixels that are read at all");
  const remove = button("×", onRemove, { class: "button button-quiet button-mark" });
  const node = element(
    "tr",
    { on: { focusin: onFocus } },
    cell("layer", kind),
    ...SHAPE.map((name) => cell(name, inputs.get(name))),
    ...GEOMETRY.map((name) => told.get(name) ?? null),
    ...WIDTH.map((name) => cell(name, inputs.get(name))),
    ...COSTS.map((name) => told.get(name) ?? null),
    element("td", { class: "calculator-remove" }, remove),
  );

  /** @param {string} name @param {Node} [content] */
  function cell(name, content) {
    return element("td", { attributes: { "data-head": name } }, content ?? null);
  }

  /** @param {NumberName} name */
  function numberInput(name) {
    const { least, most } = LIMITS[name];
    const field = element("input", {
      class: "number-input",
      attributes: { type: "number", min: least, max: most, step: 1 },
      on: {
        input() {
          const value = field.valueAsNumber;
          const fits = Number.isInteger(value) && value >= least && value <= most;
          field.setAttribute("aria-invalid", String(!fits));
          if (fits) {
            onRefusal(null);
            onEdit({ [name]: value });
          } else if (field.value !== "" || field.validity.badInput) {
            onRefusal(
              `${name}: ${field.value || "this"} is no whole number from ${least} to ${formatInteger(most)}`,
            );
          }
        },
        change() {
          // What does not fit gives way to the last that did.
          field.value = String(layer[name]);
          field.setAttribute("aria-invalid", "false");
        },
      },
    });
    return field;
  }

  /** @param {string} name @param {string} text @param {number | null} [value] */
  function tell(name, text, value = null) {
    const where = told.get(name);
    if (!where) return;
    setText(where, text);
    if (value === null) where.removeAttribute("data-value");
    else where.dataset.value = String(value);
  }

  return {
    node,

    /**
     * @param {StackLayer} now
     * @param {number} place
     * @param {StackRow | undefined} row undefined: its field is beyond all pictures
     */
    show(now, place, row) {
      layer = now;
      const of_layer = `of layer ${place + 1}`;
      kind.setAttribute("aria-label", `Kind ${of_layer}`);
      remove.setAttribute("aria-label", `Remove layer ${place + 1}`);
      kind.value = now.kind;
      for (const [name, field] of inputs) {
        field.setAttribute("aria-label", `${name} ${of_layer}`);
        field.disabled = !counts(now, name);
        const shown = name === "channels" && now.kind === "pool" ? row?.channels : now[name];
        // Half a number that is being typed stays: 0 on the way to 05 says nothing new.
        const is_typed = document.activeElement === field && field.getAttribute("aria-invalid") === "true";
        if (!is_typed && field.valueAsNumber !== shown) field.value = String(shown ?? "");
      }
      const is_there = row !== undefined && row.output > 0;
      told.get("output")?.classList.toggle("is-wrong", !is_there);
      tell("output", is_there ? String(row.output) : "too small", row?.output ?? 0);
      if (!row) {
        tell("output", "too large", 0);
        for (const name of GEOMETRY.slice(1)) tell(name, "");
        return;
      }
      tell("field", String(row.size), row.size);
      tell("stride so far", String(row.stride), row.stride);
      tell("read", readText(row), row.read);
      tell("start", signed(String(-row.padding)), -row.padding);
      tell("centre", signed(String(row.centre)), row.centre);
    },

    /** @param {Costs | undefined} costs */
    showCosts(costs) {
      tell("parameters", costs ? formatInteger(costs.parameters) : "–", costs?.parameters ?? null);
      tell("multiply-adds", costs ? formatInteger(costs.multiply_adds) : "–", costs?.multiply_adds ?? null);
    },
  };
}
