/** The same layer counted three ways, as areas and in numbers. */

import { byId, element, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { countLayer } from "./counting.js";

const SIDE = 400;
/** A square that could not be seen is drawn as large as this, and said to be smaller. */
const SMALLEST = 2;
/** One that the ring would hold. */
const RING = 14;

/** @type {{way: "dense" | "local" | "shared", text: string}[]} */
const WAYS = [
  { way: "dense", text: "dense" },
  { way: "local", text: "local, not shared" },
  { way: "shared", text: "shared: a convolution" },
];

/** @type {{name: "size" | "channels" | "maps" | "kernel", label: string, low: number, high: number}[]} */
const SLIDERS = [
  { name: "size", label: "picture, px a side", low: 4, high: 256 },
  { name: "channels", label: "channels in", low: 1, high: 64 },
  { name: "maps", label: "maps out", low: 1, high: 64 },
  { name: "kernel", label: "window, px a side", low: 1, high: 11 },
];

/** @param {import("./address.js").Address} address */
export function createCounts(address) {
  const shared_formula = createFormula("why-convnets.shared");
  const dense_formula = createFormula("why-convnets.dense");
  const fields = SLIDERS.map(({ name, ...slider }) => {
    const field = createNumberField({
      ...slider,
      step: 1,
      value: address.get()[name],
      onChange: (value) => address.change(fitting({ [name]: value })),
    });
    return { name, field };
  });
  const lenet = element("button", {
    class: "button button-small",
    text: "LeNet-5’s first layer",
    attributes: { type: "button" },
    on: {
      click: () => address.change({ size: 32, channels: 1, maps: 6, kernel: 5 }, { step: true }),
    },
  });
  byId("count-tools").append(...fields.map(({ field }) => field.node), lenet);

  const squares = new Map(
    WAYS.map(({ way }) => [way, svg("rect", { class: `count-area is-${way}` })]),
  );
  const ring = svg("circle", { class: "count-ring", cx: 0, cy: SIDE, r: RING });
  const drawing = svg(
    "svg",
    { viewBox: `-18 -1 ${SIDE + 20} ${SIDE + 18}`, role: "img" },
    ...squares.values(),
    ring,
  );
  const smaller = element("p", { class: "learn-note" });
  byId("count-areas").append(drawing, smaller);

  const body = /** @type {HTMLElement} */ (byId("count-table").querySelector("tbody"));
  const rows = WAYS.map(({ way, text }) => {
    const to_learn = element("td", { class: "figure", attributes: { "data-count": way } });
    const products = element("td", { class: "figure", attributes: { "data-products": way } });
    const key = element("span", { class: `count-key is-${way}` });
    body.append(
      element("tr", {}, element("th", { attributes: { scope: "row" } }, key, text), to_learn, products),
    );
    return { way, to_learn, products };
  });

  /**
   * A window is no larger than the picture.
   *
   * @param {Partial<import("./counting.js").LayerSize>} change
   */
  function fitting(change) {
    const { size, kernel } = { ...address.get(), ...change };
    return { ...change, kernel: Math.min(kernel, size) };
  }

  function show() {
    const { size, channels, maps } = address.get();
    const kernel = Math.min(address.get().kernel, size);
    for (const { name, field } of fields) field.show(name === "kernel" ? kernel : address.get()[name]);
    const counts = countLayer({ size, channels, maps, kernel });
    for (const { way, to_learn, products } of rows) {
      for (const [cell, value] of /** @type {[HTMLElement, number][]} */ ([
        [to_learn, counts[way].to_learn],
        [products, counts[way].products],
      ])) {
        cell.textContent = formatInteger(value);
        cell.dataset.value = String(value);
      }
      const side = SIDE * Math.sqrt(counts[way].to_learn / counts.dense.to_learn);
      const drawn = Math.max(SMALLEST, side);
      const square = squares.get(way);
      for (const [attribute, value] of Object.entries({ x: 0, y: SIDE - drawn, width: drawn, height: drawn })) {
        square?.setAttribute(attribute, String(value));
      }
    }
    const times = counts.dense.to_learn / counts.shared.to_learn;
    drawing.setAttribute(
      "aria-label",
      `Squares to scale: dense ${formatInteger(counts.dense.to_learn)}, local `
        + `${formatInteger(counts.local.to_learn)}, shared ${formatInteger(counts.shared.to_learn)}.`,
    );
    const side = SIDE * Math.sqrt(1 / times);
    const is_dot = side < RING;
    ring.toggleAttribute("hidden", !is_dot);
    const where = is_dot ? "the dot in the ring" : "the smallest square";
    const part = times < 10 ? String(Number(times.toFixed(1))) : formatInteger(Math.round(times));
    smaller.textContent =
      `The convolution is ${where}${side < SMALLEST ? ", drawn larger than it is" : ""}: `
      + `1 part in ${part} of the dense layer.`;
    shared_formula.fill(
      { maps, kernel, channels, shared: counts.shared.to_learn },
      formatInteger,
    );
    dense_formula.fill(
      { out: counts.out, maps, size, channels, dense: counts.dense.to_learn },
      formatInteger,
    );
  }
  address.subscribe(show);
  show();
}
