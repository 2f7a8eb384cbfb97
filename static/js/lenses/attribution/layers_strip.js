/** Which layer? One class activation map after another, from the first blocks to the last. */

import { element, setText } from "../../shared/element.js";
import { paintHeat } from "../../shared/heat.js";
import { createLongTask } from "../../shared/long_task.js";
import { decodeNpy } from "../../shared/maps.js";

const MOST_LAYERS = 24;
const USUAL = "grad_cam";

/**
 * The last layer of each block, evenly thinned out where there are too many, the last one kept.
 *
 * @param {string[]} layers in execution order
 */
export function alongTheTrunk(layers) {
  const ends = layers.filter((id, place) => blockOf(id) !== blockOf(layers[place + 1] ?? ""));
  const step = Math.max(1, ends.length / MOST_LAYERS);
  const count = Math.min(MOST_LAYERS, ends.length);
  return Array.from({ length: count }, (_, place) =>
    /** @type {string} */ (ends[ends.length - 1 - Math.floor((count - 1 - place) * step)]),
  );
}

/** @param {string} id `blocks.2.1.conv_pw` is of `blocks.2.1` */
const blockOf = (id) => id.split(".").slice(0, 2).join(".");

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyLayers(parent, context) {
  const { api, state, analysis, attribution, network } = context;
  parent.className = "why-layers";
  const said = element("p", { class: "quiet" });
  const strip = element("ol", { class: "why-stages why-layer-strip" });
  /** What the strip is of. */
  let about = "";
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();

  function question() {
    const { catalogue, target, phase } = attribution.get();
    const { image } = analysis.get();
    if (phase !== "ready" || !catalogue || !target || image === null) return null;
    const chosen = attribution.chosen()?.method;
    const is_quick = chosen?.uses_layer && !chosen.is_long;
    const method = is_quick ? chosen : catalogue.methods.find(({ name }) => name === USUAL);
    if (!method || catalogue.layers.length === 0 || target.class_index === null) return null;
    const layers = alongTheTrunk(catalogue.layers);
    return { model: catalogue.model, image, method, layers, query: target.query, text: target.text };
  }

  /** @param {NonNullable<ReturnType<typeof question>>} asked */
  const keyOf = ({ model, image, method, query }) =>
    JSON.stringify([model, image, method.name, query]);

  const task = createLongTask({
    text: "Which layer?",
    name: "Layers mapped",
    work(onProgress, signal) {
      const asked = question();
      return asked && walk(asked, onProgress, signal);
    },
    show: () => undefined,
  });
  parent.append(
    element("h3", { text: "Layer by layer" }),
    element("div", { class: "why-line" }, task.node),
    said,
    strip,
  );

  /**
   * One request at a time: the maps are quick, and the server has others to answer.
   *
   * @param {NonNullable<ReturnType<typeof question>>} asked
   * @param {(done: number, total: number) => void} onProgress
   * @param {AbortSignal} signal
   */
  async function walk(asked, onProgress, signal) {
    const { model, image, method, layers, query, text } = asked;
    forget();
    about = keyOf(asked);
    // Its room is there from the start, so that nothing moves with each map that comes.
    strip.hidden = false;
    strip.replaceChildren(...layers.map(awaited));
    setText(
      said,
      `${method.title} for ${text}, from the first blocks to the last, each on a scale of its own. \
Click one to see it large.`,
    );
    for (const [place, layer] of layers.entries()) {
      onProgress(place, layers.length);
      const wanted = { ...query, image, layer, resolution: "layer" };
      const body = await api.attributionValues(model, method.name, wanted, signal);
      if (signal.aborted) return true;
      add(place, layer, decodeNpy(body), api.inputUrl(model, image, "png"), method.name);
    }
    return true;
  }

  /** @param {string} layer */
  const awaited = (layer) =>
    element(
      "li",
      { class: "is-awaited", attributes: { title: layer } },
      element("span", { class: "why-room" }),
      element("span", { class: "why-stage-name", text: layer }),
    );

  /**
   * @param {number} place
   * @param {string} layer
   * @param {Float32Array} values
   * @param {string} picture_url of what the network sees
   * @param {string} method
   */
  function add(place, layer, values, picture_url, method) {
    const [, height = 1, width = 1] = network.get().by_id.get(layer)?.output_shape ?? [];
    const canvas = element("canvas", { class: "why-heat", attributes: { "aria-hidden": "true" } });
    paintHeat(canvas, { values, height, width });
    const node = element(
      "button",
      {
        class: "why-layer-button",
        attributes: { type: "button", title: `${layer}, maps of ${height} × ${width}` },
        on: { click: () => choose(layer, method) },
      },
      element(
        "span",
        { class: "why-room" },
        element("img", { class: "why-picture", attributes: { src: picture_url, alt: "" } }),
        canvas,
      ),
      element("span", { class: "why-stage-name", text: layer }),
    );
    buttons.set(layer, node);
    strip.children[place].replaceWith(element("li", {}, node));
    press();
  }

  /** @param {string} layer @param {string} method */
  function choose(layer, method) {
    const { catalogue, cards } = attribution.get();
    const names = cards.map((card) => card.method.name);
    const methods = names.includes(method) ? {} : { methods: [method, ...names].slice(0, 6) };
    const is_usual = layer === catalogue?.default_layer;
    state.change({ why_layer: is_usual ? null : layer, method, ...methods });
  }

  function press() {
    const chosen = state.get().why_layer ?? attribution.get().catalogue?.default_layer;
    for (const [layer, node] of buttons) {
      node.setAttribute("aria-pressed", String(layer === chosen));
    }
  }

  function forget() {
    about = "";
    buttons.clear();
    strip.hidden = true;
    strip.replaceChildren();
    setText(said, "One map for each block of the network: at which depth does it look where? Not mapped yet.");
  }

  function update() {
    if (state.get().lens !== "why") return;
    const asked = question();
    parent.hidden = asked === null;
    task.allow(asked !== null);
    if (about !== "" && (!asked || keyOf(asked) !== about)) {
      task.end();
      forget();
    }
    press();
  }

  const ends = [attribution, state].map((source) => source.subscribe(update));
  forget();
  update();
  return {
    destroy() {
      for (const end of ends) end();
      task.end();
      parent.replaceChildren();
    },
  };
}
