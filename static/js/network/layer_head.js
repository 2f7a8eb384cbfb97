/** What the selected layer is: its operation, its shape, what it reads and who reads it. */

import { setFacts } from "../shared/children.js";
import { button, element } from "../shared/element.js";
import { formatCount, formatInteger, formatShape } from "../shared/format.js";
import { operationTerm, term } from "../shared/term.js";
import { createDepthView } from "./depth.js";

/** @typedef {import("../types.js").Layer} Layer */

/** Why is about the whole network, and the way down from a number walks by itself: it can be stopped. */
const OF_THE_LAYER =
  ".layer-facts, .layer-neighbours, .lens:not(#lens-why, #lens-number), "
  + "#lens-number > :not(.number-trail, .waiting-place)";
const NAMED = 3;

/** @param {Layer} layer @returns {string} `depthwise convolution 3 × 3, stride 2` */
export function operationText(layer) {
  const name = layer.operation.replaceAll("_", " ");
  const depthwise = layer.groups > 1 && layer.groups === layer.output_shape[0];
  const parts = [depthwise ? `depthwise ${name}` : name];
  const { kernel, stride, dilation } = layer;
  if (kernel) parts[0] += ` ${kernel.height} × ${kernel.width}`;
  if (stride && (stride.height > 1 || stride.width > 1)) {
    const same = stride.height === stride.width;
    parts.push(`stride ${same ? stride.height : `${stride.height} × ${stride.width}`}`);
  }
  if (dilation && (dilation.height > 1 || dilation.width > 1)) {
    parts.push(`dilation ${dilation.height}`);
  }
  if (layer.groups > 1 && !depthwise) parts.push(`${layer.groups} groups`);
  return parts.join(", ");
}

/** @param {Layer} layer @returns {Node[]} the same, each term one that explains itself */
function operationTerms(layer) {
  const [operation, ...rest] = operationText(layer).split(", ");
  const [, kind, sizes] = /** @type {string[]} */ (/^(.*?)( \d.*)?$/.exec(operation));
  return [
    kind.startsWith("depthwise ") ? term("depthwise", kind) : operationTerm(layer.operation, kind),
    document.createTextNode(sizes ?? ""),
    ...rest.flatMap((part) => {
      const [word, ...size] = part.split(" ");
      const key = ["stride", "dilation"].find((each) => each === word);
      return key
        ? [document.createTextNode(", "), term(key, word), document.createTextNode(` ${size.join(" ")}`)]
        : [document.createTextNode(`, ${part}`)];
    }),
  ];
}

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createLayerHeadView(parent, context) {
  const { state, network, unit_field } = context;
  const title = element("h2", { attributes: { id: "layer-heading", tabindex: "-1" } });
  const before = button("‹", () => network.step(-1), {
    class: "button button-quiet button-mark",
    title: "Previous layer ([)",
    attributes: { "aria-label": "Previous layer" },
  });
  const after = button("›", () => network.step(1), {
    class: "button button-quiet button-mark",
    title: "Next layer (])",
    attributes: { "aria-label": "Next layer" },
  });
  const facts = element("p", { class: "layer-facts" });
  const neighbours = element("p", { class: "layer-neighbours" });
  const line = element("div", { class: "layer-title" }, before, after, title);
  parent.append(
    line,
    facts,
    neighbours,
  );
  const depth = createDepthView(line, context);

  /** @param {string} words @param {string[]} ids */
  function linked(words, ids) {
    if (ids.length === 0) return [];
    const links = ids.slice(0, NAMED).map((id) =>
      button(id, () => network.select(id), { class: "link", title: `Open ${id}` }),
    );
    const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : "";
    return [element("span", {}, `${words} `, ...links, more)];
  }

  /**
   * On a walk the name goes along at once; what else is said of the layer waits,
   * dimmed and out of reach, for the end.
   */
  function showName() {
    const { passed } = unit_field.get();
    const name = passed?.layer ?? network.selectedId();
    const is_passing = passed !== null && name !== network.selectedId();
    for (const part of document.querySelectorAll(OF_THE_LAYER)) part.toggleAttribute("inert", is_passing);
    if (title.textContent === (name ?? "Layer")) return;
    title.textContent = name ?? "Layer";
    title.title = name ?? "";
  }

  let shown = "";
  function update() {
    showName();
    const id = network.selectedId();
    const layer = network.selected();
    const key = `${network.get().detail?.id} ${id}`;
    if (key === shown) return;
    shown = key;
    if (!layer) {
      facts.textContent = "\u00a0";
      neighbours.replaceChildren();
      return;
    }
    /** @type {(Node | string)[][]} */
    const numbers = [operationTerms(layer), [term("shape", formatShape(layer.output_shape))]];
    if (layer.parameters > 0) {
      numbers.push([`${formatInteger(layer.parameters)} `, term("parameters", "parameters")]);
    }
    if (layer.macs > 0) {
      numbers.push([`${formatCount(layer.macs)} `, term("multiply-adds", "multiply-adds")]);
    }
    setFacts(facts, numbers.flatMap((each, place) => (place > 0 ? [" · ", ...each] : each)));
    facts.title = layer.module
      ? `${layer.module_class} ${layer.module}`
      : "computed by the network itself";
    const readers = [...network.get().by_id.values()].filter(({ inputs }) =>
      inputs.includes(layer.id),
    );
    neighbours.replaceChildren(
      ...linked("reads", [...new Set(layer.inputs)]),
      ...linked("read by", readers.map((reader) => reader.id)),
    );
  }
  const ends = [state.subscribe(update), network.subscribe(update), unit_field.subscribe(showName)];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      depth.destroy?.();
      parent.replaceChildren();
    },
  };
}
