/** A row of pixels, every window that finds a place over it, and what is cut. */

import { byId, element, setText, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createNumberField } from "../../shared/number_field.js";
import { createFormula } from "../parts/formula.js";
import { BOUNDS } from "./address.js";
import { cutPixels, outputSize, paddedSize, pixelsOf, reachOf } from "./geometry.js";

/** @typedef {import("./address.js").Shown} Shown */
/** @typedef {import("./geometry.js").Axis} Axis */

const CELL = 26;
const WINDOW = 17;
const WINDOW_GAP = 5;
const HEAD = 18;

const LABELS = {
  n: "n, pixels",
  k: "k, window",
  s: "s, stride",
  p: "p, padding",
  d: "d, dilation",
  in: "c₁, channels in",
  out: "c₂, maps out",
};

/** @param {Shown} shown @returns {Axis} */
export const axisOf = ({ n, k, s, p, d }) => ({ size: n, kernel: k, stride: s, padding: p, dilation: d });

/** @param {import("./address.js").Address} address */
export function createSizes(address) {
  const size = createFormula("convolution.size");
  const parameters = createFormula("convolution.parameters");
  const work = createFormula("convolution.work");
  const drawing = byId("size-drawing");
  const words = byId("size-words");

  const fields = /** @type {(keyof typeof LABELS)[]} */ (Object.keys(LABELS)).map((name) => {
    const field = createNumberField({
      ...{ label: LABELS[name], ...BOUNDS[name], step: 1, value: address.get()[name] },
      onChange: (value) => address.change({ [name]: value }),
    });
    byId(name === "in" || name === "out" ? "channel-tools" : "size-tools").append(field.node);
    return /** @type {const} */ ([name, field]);
  });

  function draw() {
    const shown = address.get();
    for (const [name, field] of fields) field.show(shown[name]);
    const axis = axisOf(shown);
    const { n, k, s, p, d } = shown;
    const count = outputSize(axis);
    const out = count === 0 ? null : count;
    size.fill({ n, k, s, p, d, out }, formatInteger);
    parameters.fill(
      { in: shown.in, out: shown.out, k, all: shown.out * shown.in * k * k + shown.out },
      formatInteger,
    );
    const all = out === null ? null : out * out * shown.out * shown.in * k * k;
    work.fill({ in: shown.in, maps: shown.out, k, size: out, all }, formatInteger);
    drawing.replaceChildren(drawn(axis));
    drawing.dataset.windows = String(count);
    drawing.dataset.cut = String(cutPixels(axis));
    words.classList.toggle("is-wrong", count === 0);
    setText(words, wordsFor(axis));
  }
  address.subscribe(draw);
  draw();
}

/** @param {Axis} axis */
export function wordsFor(axis) {
  const [count, cut, reach, padded] = [outputSize, cutPixels, reachOf, paddedSize].map((of) => of(axis));
  if (count === 0) {
    return `No place for it: the window reaches over d (k − 1) + 1 = ${reach} pixels, and the padded row `
      + `has ${padded}. A network would refuse. Less dilation, a smaller window or more padding helps.`;
  }
  const places = count === 1 ? "1 window fits" : `${count} windows fit`;
  if (cut === 0) return `${places}, and the last one ends at the edge: nothing is cut.`;
  const pixels = cut === 1 ? "the last pixel" : `the last ${cut} pixels`;
  return `${places}. One more would reach over the edge, so ${pixels} of the padded row ${cut === 1 ? "is" : "are"} `
    + "never looked at: that is what the floor ⌊ ⌋ takes off.";
}

/** @param {Axis} axis */
function drawn(axis) {
  const { size, padding, kernel } = axis;
  const padded = paddedSize(axis);
  const count = outputSize(axis);
  const cut = cutPixels(axis);
  const top = HEAD + CELL + 10;
  const height = top + Math.max(1, count) * (WINDOW + WINDOW_GAP);
  const right = 34;
  /** @param {number} pixel from -p on */
  const x = (pixel) => (pixel + padding) * CELL;
  const cells = Array.from({ length: padded }, (_, place) => {
    const pixel = place - padding;
    const is_padding = pixel < 0 || pixel >= size;
    const is_cut = count > 0 && place >= padded - cut;
    return svg(
      "g",
      { class: `size-pixel${is_padding ? " is-padding" : ""}${is_cut ? " is-cut" : ""}` },
      svg("rect", { x: x(pixel) + 1, y: HEAD, width: CELL - 2, height: CELL - 2, rx: 3 }),
      label(x(pixel) + CELL / 2, HEAD + CELL / 2, is_padding ? "0" : String(pixel + 1)),
    );
  });
  const lines = cut > 0 && count > 0
    ? [svg("path", { class: "size-cut", d: `M${x(size + padding - cut)} 2V${height}` })]
    : [];
  const named = cut > 0 && count > 0
    ? [label(x(size + padding - cut) + 4, 8, "cut", "start", "size-note")]
    : [];
  const windows = Array.from({ length: count }, (_, place) => {
    const pixels = pixelsOf(axis, place);
    const y = top + place * (WINDOW + WINDOW_GAP);
    const [first, last] = [x(pixels[0]), x(pixels[kernel - 1]) + CELL];
    return svg(
      "g",
      { class: "size-window" },
      svg("path", { class: "size-reach", d: `M${first + 2} ${y + WINDOW / 2}H${last - 2}` }),
      ...pixels.map((pixel) => svg("rect", { x: x(pixel) + 2, y, width: CELL - 4, height: WINDOW, rx: 3 })),
      label(padded * CELL + 10, y + WINDOW / 2, `→ ${place + 1}`, "start"),
    );
  });
  const node = svg(
    "svg",
    {
      viewBox: `0 0 ${padded * CELL + right} ${height}`,
      role: "img",
      "aria-label": `${size} pixels with ${padding} of padding on either side, and ${count} windows over them`,
    },
    ...cells,
    ...lines,
    ...named,
    ...windows,
  );
  const width = padded * CELL + right;
  node.style.width = `max(${(width / 24).toFixed(2)}rem, min(100%, ${(width / 11).toFixed(2)}rem))`;
  return element("div", { class: "size-sheet" }, node);
}

/** @param {number} x @param {number} y @param {string} words @param {string} [anchor] @param {string} [name] */
function label(x, y, words, anchor = "middle", name = "") {
  const node = svg("text", { x, y, "text-anchor": anchor, "dominant-baseline": "central", class: name });
  node.textContent = words;
  return node;
}
