/** How the chosen node got its number at the point that is looked at: products, sum, bend. */

import { exactText, readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { onChange } from "./address.js";
import { nameOf, placeOfNode } from "./network.js";
import { ACTIVATIONS } from "./settings.js";

/**
 * @param {HTMLElement} parent
 * @param {{address: import("./address.js").BendAddress, run: import("./run.js").Run}} parts
 */
export function createNode(parent, { address, run }) {
  const heading = element("h3");
  const body = element("div", { class: "bend-sums", attributes: { tabindex: 0, role: "group" } });
  parent.append(heading, body);

  function show() {
    const { frame } = run.get();
    if (!frame) return;
    const { node, probe, f } = address.get();
    const { layer, unit, name } = placeOfNode(node, frame.nodes);
    const hidden = frame.nodes.length;
    heading.textContent = `How ${name} gets its number`;
    body.setAttribute("aria-label", heading.textContent);
    if (layer === 0) {
      body.replaceChildren(
        element("p", { text: `It is a coordinate of the point: ${readable(probe[unit])}.` }),
      );
      return;
    }
    const inputs = layer === 1 ? probe : frame.probe[layer - 2].after;
    const { weight, bias } = frame.layers[layer - 1];
    const { before, after } = frame.probe[layer - 1];
    const sums = weight.map((piece, index) =>
      sumTable(piece[unit], inputs, bias[index][unit], before[index][unit], (into) =>
        nameOf(layer - 1, into, hidden),
      ),
    );
    const is_last = layer > hidden;
    const bend = is_last
      ? `softmax over this sum and the other one, ${readable(before[0][1 - unit])}`
      : (ACTIVATIONS.find(({ value }) => value === f)?.text ?? f);
    body.replaceChildren(
      ...sums,
      element(
        "p",
        {},
        is_last || f !== "identity" ? `Then ${f === "maxout" && !is_last ? "the larger" : bend}: ` : "Nothing bends it: ",
        figure(after[unit], "bend-after"),
      ),
    );
  }
  run.subscribe(show);
  onChange(address, ["node", "probe"], show);
}

/**
 * @param {number[]} weights
 * @param {number[]} inputs
 * @param {number} bias
 * @param {number} sum
 * @param {(into: number) => string} nameOfInput
 */
function sumTable(weights, inputs, bias, sum, nameOfInput) {
  const rows = weights.map((weight, into) =>
    element(
      "tr",
      {},
      element("th", { text: nameOfInput(into), attributes: { scope: "row" } }),
      element("td", { text: readable(inputs[into]) }),
      element("td", { text: `× ${readable(weight)}` }),
      element("td", { text: readable(weight * inputs[into]) }),
    ),
  );
  const total = element("td", {}, figure(sum, "bend-before"));
  return element(
    "table",
    { class: "bend-sum" },
    element(
      "thead",
      {},
      element("tr", {}, ...["from", "number", "× weight", "product"].map((text) => element("th", { text, attributes: { scope: "col" } }))),
    ),
    element("tbody", {}, ...rows),
    element(
      "tfoot",
      {},
      element("tr", {}, element("th", { text: "bias", attributes: { scope: "row", colspan: 3 } }), element("td", { text: readable(bias) })),
      element("tr", {}, element("th", { text: "sum", attributes: { scope: "row", colspan: 3 } }), total),
    ),
  );
}

/** @param {number} value @param {string} name of a class */
const figure = (value, name) =>
  element("strong", {
    class: `figure ${name}`,
    text: readable(value),
    attributes: { title: exactText(value), "data-value": value },
  });
