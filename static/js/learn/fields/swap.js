/** Layers of 3 x 3 and what may stand in their place: field, pixels read and costs beside each other. */

import { byId, element, setText } from "../../shared/element.js";
import { formatFixed, formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createNumberField } from "../../shared/number_field.js";
import { createPattern } from "../../stack/pattern.js";
import { createFormula } from "../parts/formula.js";
import { createPlot } from "../parts/plot.js";
import { COMPARED, bodyOf, ratesOf } from "./ways.js";

const WHAT = /** @type {const} */ (["layers", "width", "side"]);
const CELLS = [
  ["size", "field, px"],
  ["read", "read, across"],
  ["parameters", "parameters"],
  ["multiply_adds", "multiply-adds"],
];
/** @type {{name: (typeof WHAT)[number], label: string, low: number, high: number}[]} */
const SLIDERS = [
  { name: "layers", label: "layers", low: 1, high: 20 },
  { name: "width", label: "channels", low: 1, high: 1024 },
  { name: "side", label: "map, units a side", low: 16, high: 512 },
];

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export function createSwap(address, { api, fail }) {
  const latest = createLatest();
  /** @type {Map<string, import("../../types.js").Stack>} */
  let answers = new Map();
  const parameters = createFormula("fields.parameters");
  const separable = createFormula("fields.separable");
  const sigma = createFormula("fields.sigma");
  const reach = createFormula("fields.reach");
  const fields = SLIDERS.map(({ name, ...slider }) => {
    const field = createNumberField({
      ...slider,
      step: 1,
      value: address.get()[name],
      onChange: (value) => address.change({ [name]: value }),
    });
    return { name, field };
  });
  byId("swap-tools").append(
    ...fields.map(({ field }) => field.node),
    element("button", {
      class: "button button-small",
      text: "Twenty layers",
      attributes: { type: "button" },
      on: { click: () => address.change({ layers: 20, swap: "plain" }, { step: true }) },
    }),
  );

  const body = byId("swap-table").querySelector("tbody");
  const rows = COMPARED.map((compared) => {
    const radio = element("input", {
      attributes: { type: "radio", name: "swap", value: compared.way },
      on: { change: () => address.change({ swap: compared.way }, { step: true }) },
    });
    const cells = new Map(
      CELLS.map(([name, head]) => [
        name,
        element("td", { class: "figure", attributes: { "data-name": name, "data-head": head } }),
      ]),
    );
    const node = element(
      "tr",
      { attributes: { "data-way": compared.way } },
      element(
        "th",
        { attributes: { scope: "row" } },
        element("label", { class: "swap-way" }, radio, element("span", { text: compared.text })),
      ),
      ...cells.values(),
    );
    body?.append(node);
    return { compared, node, radio, cells };
  });

  const pattern = createPattern(byId("swap-pattern"));
  const plot = createPlot(byId("swap-plot"), {
    title: "How much each pixel counts",
    x: { low: -8, high: 8, label: "px from the middle of the field", ticks: 5 },
    y: { low: 0, high: 0.3, label: "share of the gradient", ticks: 3 },
    aspect: 0.4,
    is_named_above: true,
  });

  function ask() {
    const { layers, width, side } = address.get();
    for (const { name, field } of fields) field.show(address.get()[name]);
    latest.run(
      (signal) =>
        Promise.all(COMPARED.map((compared) => api.stack(bodyOf(compared, { layers, width, side }), signal))),
      (found) => {
        fail(null);
        answers = new Map(COMPARED.map(({ way }, place) => [way, found[place]]));
        show();
      },
      fail,
    );
  }

  function show() {
    const { swap } = address.get();
    for (const { compared, node, radio, cells } of rows) {
      radio.checked = compared.way === swap;
      node.classList.toggle("is-current", compared.way === swap);
      const answer = answers.get(compared.way);
      const last = answer?.layers.at(-1);
      if (!answer || !last) continue;
      for (const [name, value, text] of /** @type {[string, number, string][]} */ ([
        ["size", last.size, `${last.size}`],
        ["read", last.read, `${last.read} of ${last.size}`],
        ["parameters", answer.parameters, formatInteger(answer.parameters)],
        ["multiply_adds", answer.multiply_adds, formatInteger(answer.multiply_adds)],
      ])) {
        const cell = cells.get(name);
        if (!cell) continue;
        setText(cell, text);
        cell.dataset.value = String(value);
        cell.classList.toggle("is-wrong", name === "read" && last.read < last.size);
      }
    }
    showCosts();
    showProfile(swap);
  }

  function showCosts() {
    const plain = answers.get("plain")?.layers[0];
    const apart = answers.get("separable")?.layers[0];
    if (!plain || !apart) return;
    const width = plain.channels;
    parameters.fill({ kernel: 3, width, parameters: plain.parameters }, formatInteger);
    separable.fill({ kernel: 3, width, parameters: apart.parameters }, formatInteger);
  }

  /** @param {string} way */
  function showProfile(way) {
    const compared = COMPARED.find((each) => each.way === way) ?? COMPARED[0];
    const answer = answers.get(compared.way);
    const last = answer?.layers.at(-1);
    if (!answer?.profile || !last) return;
    const { share, normal, sigma: spread, central_px } = answer.profile;
    const rates = ratesOf(compared.rates, answer.layers.length);
    const { kernel } = compared;
    const sum = rates.reduce((total, rate) => total + rate, 0);
    const squares = rates.reduce((total, rate) => total + rate ** 2, 0);
    reach.fill({ kernel, rates: sum, size: last.size }, formatInteger);
    sigma.fill({ kernel, squares, sigma: spread });
    pattern.show(share.map((each) => each > 0));
    const middle = (share.length - 1) / 2;
    const highest = Math.max(...share, ...normal);
    const side = Math.max(2, middle + 0.5);
    plot.setAxes({
      x: { low: -side, high: side, label: "px from the middle of the field", ticks: 5 },
      y: { low: 0, high: highest * 1.1, label: "share of the gradient", ticks: 3 },
    });
    plot.showCurves([
      { name: "with all weights alike", tone: "first", points: share.map((each, place) => [place - middle, each]) },
      ...(spread > 0
        ? [
            {
              name: `normal distribution, σ = ${formatFixed(spread, 2)} px`,
              tone: "second",
              dashed: true,
              points: normal.map((each, place) => [place - middle, each]),
            },
          ]
        : []),
    ]);
    const words = byId("swap-words");
    words.dataset.sigma = String(spread);
    words.dataset.size = String(last.size);
    words.dataset.central = String(central_px);
    setText(
      words,
      `${compared.text}, ${answer.layers.length} of them: the field is ${last.size} px, but σ is `
        + `${formatFixed(spread, 2)} px, and 95 % of it all lies in the ${central_px} px in the middle.`,
    );
  }

  let before = address.get();
  address.subscribe((now) => {
    if (WHAT.some((name) => now[name] !== before[name])) ask();
    else if (now.swap !== before.swap) show();
    before = now;
  });
  ask();
}
