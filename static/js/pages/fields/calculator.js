/** The calculator: layers stacked by hand, and what that does to the field. */

import { button, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { LARGEST_INPUT, LIMITS, PRESETS, computeStack, stackOfText, textOfStack } from "./stack.js";

/** @typedef {import("./stack.js").StackLayer} StackLayer */
/** @typedef {import("./stack.js").StackRow} StackRow */

const NUMBERS = /** @type {(keyof typeof LIMITS)[]} */ (Object.keys(LIMITS));
const HEADS = ["layer", ...NUMBERS, "output", "field", "stride so far", "read", ""];
const WIDEST_PATTERN = 120;
/** @type {StackLayer} */
const NEW_LAYER = { kind: "convolution", kernel: 3, stride: 1, padding: 1, dilation: 1 };

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {{address: import("./address.js").Address}} parts
 */
export function createCalculator(parent, tools, { address }) {
  const input = element("input", {
    class: "number-input",
    attributes: { type: "number", min: 1, max: LARGEST_INPUT, "aria-label": "Input size, pixels" },
    on: { change: changeInput },
  });
  const presets = element("select", {
    class: "select",
    attributes: { "aria-label": "Begin with a known stack" },
    on: {
      change() {
        const preset = PRESETS.find(({ title }) => title === presets.value);
        if (preset) address.change({ stack: preset.text, input: preset.input });
        presets.value = "";
      },
    },
  });
  presets.append(
    element("option", { text: "Begin with …", attributes: { value: "" } }),
    ...PRESETS.map(({ title }) => element("option", { text: title, attributes: { value: title } })),
  );
  tools.append(element("label", { class: "fields-check" }, "input", input, "px"), presets);

  const body = element("tbody");
  const result = element("p", { class: "calculator-result", attributes: { role: "status" } });
  const pattern = element("div", { class: "pattern", attributes: { "aria-hidden": "true" } });
  const pattern_text = element("p", { class: "quiet" });
  parent.append(
    element(
      "div",
      { class: "fields-table-box" },
      element(
        "table",
        { class: "fields-table calculator-table" },
        element(
          "thead",
          {},
          element("tr", {}, ...HEADS.map((text) => element("th", { text, attributes: { scope: "col" } }))),
        ),
        body,
      ),
    ),
    button("Add a layer", () => change([...layers, NEW_LAYER]), { class: "button button-small" }),
    result,
    pattern,
    pattern_text,
  );

  /** @type {StackLayer[]} */
  let layers = [];

  /** @param {StackLayer[]} next */
  function change(next) {
    address.change({ stack: textOfStack(next) });
  }

  function changeInput() {
    const value = input.valueAsNumber;
    if (Number.isInteger(value) && value >= 1 && value <= LARGEST_INPUT) {
      address.change({ input: value });
    } else {
      input.value = String(address.get().input);
    }
  }

  /** @param {number} place @param {Partial<StackLayer>} changes */
  function edit(place, changes) {
    change(layers.map((layer, each) => (each === place ? { ...layer, ...changes } : layer)));
  }

  /** @param {StackLayer} layer @param {number} place */
  function kindInput(layer, place) {
    const select = element("select", {
      class: "select",
      attributes: { "aria-label": `Kind of layer ${place + 1}` },
      on: {
        change: () => edit(place, { kind: select.value === "pool" ? "pool" : "convolution" }),
      },
    });
    select.append(
      ...["convolution", "pool"].map((kind) =>
        element("option", { text: kind, attributes: { value: kind } }),
      ),
    );
    select.value = layer.kind;
    return select;
  }

  /** @param {StackLayer} layer @param {number} place @param {keyof typeof LIMITS} name */
  function numberInput(layer, place, name) {
    const { least, most } = LIMITS[name];
    const field = element("input", {
      class: "number-input",
      attributes: {
        type: "number",
        min: least,
        max: most,
        value: layer[name],
        "aria-label": `${name} of layer ${place + 1}`,
      },
      on: {
        change() {
          const value = field.valueAsNumber;
          const fits = Number.isInteger(value) && value >= least && value <= most;
          if (fits) edit(place, { [name]: value });
          else field.value = String(layer[name]);
        },
      },
    });
    return field;
  }

  /** @param {StackRow} row */
  const readText = ({ read, size }) => (read === size ? "all" : formatPercent((read / size) ** 2));

  /** @param {StackLayer} layer @param {StackRow} row @param {number} place */
  function rowOf(layer, row, place) {
    return element(
      "tr",
      {},
      element("td", {}, kindInput(layer, place)),
      ...NUMBERS.map((name) => element("td", {}, numberInput(layer, place, name))),
      element("td", { class: row.output === 0 ? "is-wrong" : "", text: row.output === 0 ? "too small" : String(row.output) }),
      element("td", { text: String(row.size) }),
      element("td", { text: String(row.stride) }),
      element("td", {
        text: readText(row),
        attributes: { title: "Share of the field's pixels that are read at all" },
      }),
      element(
        "td",
        {},
        button("×", () => change(layers.filter((_, each) => each !== place)), {
          class: "button button-quiet button-mark",
          attributes: { "aria-label": `Remove layer ${place + 1}` },
        }),
      ),
    );
  }

  /** @param {StackRow | undefined} last */
  function showResult(last) {
    if (!last) {
      result.textContent = "No layers: a unit is a pixel.";
      pattern.replaceChildren();
      pattern_text.textContent = "";
      return;
    }
    const { size, stride, padding, output } = last;
    result.textContent =
      `A unit of the last layer sees ${size} × ${size} px, its neighbour ${stride} px further; ` +
      `the first begins ${padding} px before the input. The output has ${output} × ${output} units.`;
    const fits = size <= WIDEST_PATTERN;
    pattern.hidden = !fits;
    pattern.replaceChildren(
      ...(fits ? last.pattern : []).map((is_read) =>
        element("span", { class: is_read ? "pattern-pixel is-read" : "pattern-pixel" }),
      ),
    );
    const holes = size - last.read;
    pattern_text.textContent =
      holes === 0
        ? "Along one axis every pixel of the field is read."
        : `Gridding: along one axis ${holes} of ${size} pixels are never read.`;
  }

  function update() {
    const { stack, input: size } = address.get();
    input.value = String(size);
    const next = stackOfText(stack);
    const rows = computeStack(next, size);
    const focused = document.activeElement?.getAttribute("aria-label");
    layers = next;
    body.replaceChildren(...layers.map((layer, place) => rowOf(layer, rows[place], place)));
    showResult(rows.at(-1));
    // The rows are new; whoever was typing goes on where they were.
    if (focused) {
      const again = [...body.querySelectorAll("[aria-label]")].find(
        (node) => node.getAttribute("aria-label") === focused,
      );
      if (again instanceof HTMLElement) again.focus();
    }
  }
  address.subscribe(update);
  update();
}
