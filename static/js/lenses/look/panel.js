/** Who looks there: the patch that all of them see, and the channels that react most to it. */

import { hasNegative } from "../../shared/maps.js";
import { coloursOfCodes } from "../../shared/colours.js";
import { button, element, setText } from "../../shared/element.js";
import { sizeOf } from "../../shared/field_geometry.js";
import { formatExact, formatFixed } from "../../shared/format.js";
import { awaitedFirst, createWaiting } from "../../shared/waiting.js";
import { createPatchPicture } from "./patch_picture.js";
import { hasPlaces } from "./look.js";

/** @typedef {import("../../types.js").Reactions} Reactions */

const ORDERS = /** @type {const} */ ({ deviation: "stands out", value: "largest value" });
const ORDER_HINTS = {
  deviation: "Most first: how many standard deviations the value stands above the mean of its own map",
  value: "Largest value at this place first, also where a channel says much everywhere",
};

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("../activations/lens.js").LayerContext} inner
 * @returns {import("../../page_types.js").View}
 */
export function createLookPanelView(parent, context, inner) {
  const { state, network, look, analysis } = context;
  const inputs = Object.entries(ORDERS).map(([order]) =>
    element("input", {
      attributes: { type: "radio", name: "look-by", value: order },
      on: { change: () => state.change({ look_by: /** @type {Reactions["order"]} */ (order) }) },
    }),
  );
  const orders = element(
    "div",
    { class: "switch", attributes: { role: "radiogroup", "aria-label": "What they are ranked by" } },
    ...Object.values(ORDERS).map((text, place) =>
      element(
        "label",
        { attributes: { title: Object.values(ORDER_HINTS)[place] } },
        inputs[place],
        element("span", { text }),
      ),
    ),
  );
  const close = button("×", () => look.close(), {
    class: "button button-quiet button-mark",
    title: "Show all maps again",
    attributes: { "aria-label": "Show all maps again" },
  });
  const where = element("p", { class: "look-where", attributes: { role: "status" } });
  const patch = createPatchPicture(context);
  const seen_by = element("figcaption", { class: "quiet look-patch-words" });
  const figure = element("figure", { class: "look-patch" }, patch.canvas, seen_by);
  const list = element("ol", { class: "look-list", attributes: { "aria-label": "Channels, those that react most first" } });
  const waiting = createWaiting({ is_over: true });
  const answer_body = element("div", { class: "look-answer" }, figure, list);
  const note = element("div", { class: "look-note", attributes: { hidden: true } });
  const legend = element("p", {
    class: "quiet look-legend",
    text:
      "σ: by how many standard deviations the value stands above the mean of the channel’s map in this " +
      "picture. Click a channel to select its unit.",
  });
  parent.append(
    element("div", { class: "look-head" }, element("h3", { text: "Who looks here?" }), orders, close),
    element("div", { class: "look-said" }, where, waiting.node),
    note,
    answer_body,
    legend,
  );

  /** @type {{reaction: import("../../types.js").Reaction, node: HTMLButtonElement, map: HTMLCanvasElement}[]} */
  let cards = [];
  let listed = /** @type {Reactions | null} */ (null);

  /** @param {Reactions} answer @param {import("../../types.js").Reaction} reaction */
  function cardOf(answer, reaction) {
    const { channel, value, deviation } = reaction;
    const map = element("canvas", { class: "look-map", attributes: { "aria-hidden": "true" } });
    const spot = element("span", { class: "look-spot", attributes: { "aria-hidden": "true" } });
    const [, height, width] = network.selected()?.output_shape ?? [1, 1, 1];
    spot.style.top = `${(100 * (answer.row + 0.5)) / height}%`;
    spot.style.left = `${(100 * (answer.column + 0.5)) / width}%`;
    const stands = deviation === null ? "its map is flat" : `${formatExact(deviation)} standard deviations above its mean`;
    const node = element(
      "button",
      {
        class: "look-card",
        attributes: {
          type: "button",
          title: `Channel ${channel}: ${formatExact(value)}, ${stands}. Click to select the unit.`,
          "data-channel": channel,
          "data-value": String(value),
          "data-deviation": String(deviation),
        },
        on: {
          click: () => state.change({ channel, row: answer.row, column: answer.column }),
          pointerenter: () => point(answer, channel),
          pointerleave: () => inner.cursor.set(null),
          focus: () => point(answer, channel),
          blur: () => inner.cursor.set(null),
        },
      },
      element("span", { class: "look-map-frame" }, map, spot),
      element(
        "span",
        { class: "look-words" },
        element(
          "span",
          { class: "look-channel" },
          element("span", { class: "look-channel-word", text: "channel " }),
          String(channel),
        ),
        element("span", { class: "look-value figure", text: formatFixed(value, 2) }),
        element("span", {
          class: "look-deviation figure",
          text: deviation === null ? "flat map" : `${formatFixed(deviation, 1)} σ`,
        }),
      ),
    );
    return { reaction, node, map };
  }

  /** The readout tells the unit beneath the pointer to its last digit. @param {Reactions} answer @param {number} channel */
  function point({ row, column }, channel) {
    inner.cursor.set(inner.layer_maps.isCurrent() ? { channel, row, column } : null);
  }

  let painted = "";
  function paintMaps() {
    const { maps } = inner.layer_maps.get();
    if (!maps || !listed || !inner.layer_maps.isCurrent() || maps.layer !== listed.layer) return;
    const colours = state.get().colours === "auto" ? (hasNegative(maps) ? "diverging" : "viridis") : inner.colours();
    const key = JSON.stringify([listed, maps.scale, colours]);
    if (key === painted) return;
    painted = key;
    const { height, width, minimum, maximum, codes } = maps;
    for (const { reaction, map } of cards) {
      const { channel } = reaction;
      map.width = width;
      map.height = height;
      const table = coloursOfCodes(colours, minimum[channel], maximum[channel]);
      const start = channel * height * width;
      const image = new ImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      pixels.forEach((_, index) => {
        pixels[index] = table[codes[start + index]];
      });
      map.getContext("2d")?.putImageData(image, 0, 0);
      map.dataset.layer = maps.layer;
    }
  }

  /** @returns {(HTMLElement | string)[]} what stands there instead of channels */
  function words() {
    const { phase, problem } = look.get();
    const layer = network.selected();
    if (phase === "problem") {
      return [problem?.message ?? "", button("Try again", look.reload, { class: "button button-small" })];
    }
    const asked = analysis.get();
    if (phase === "waiting" && asked.phase === "problem") {
      return [asked.problem?.message ?? "", button("Try again", () => analysis.run(), { class: "button button-small" })];
    }
    if (phase === "outside") {
      return ["The network does not see this part of the picture: it is cut away. Click inside the marked part."];
    }
    if (phase !== "no place" || !layer) return [];
    const ids = [...network.get().by_id.values()];
    const before = ids.slice(0, ids.indexOf(layer));
    const last = before.findLast(({ output_shape }) => hasPlaces(output_shape));
    return [
      `Every feature of ${layer.id} sees the whole input: none of them looks at one place.`,
      ...(last
        ? [button(`Ask ${last.id}, the last layer with places`, () => network.select(last.id), { class: "button button-small" })]
        : []),
    ];
  }

  function whereText() {
    const { place } = look.get();
    const { look: chosen } = state.get();
    const [row, column] = chosen ?? [0, 0];
    const at = `Row ${row}, column ${column} of the picture`;
    if (place === null) return `${at}.`;
    return `${at}: place ${place.row}, ${place.column} of ${network.selectedId()}.`;
  }

  function showWaiting() {
    const { phase } = look.get();
    const first = phase === "waiting" ? awaitedFirst(context) : null;
    const text = "Asking its channels";
    if (phase === "loading") waiting.show(text, { stop: look.stop });
    else if (first) waiting.show(text, first);
    else waiting.show(null, { again: phase === "stopped" ? look.reload : null });
  }

  const narrow = window.matchMedia("(max-width: 52rem)");
  let looked_at = state.get().look;
  /** On a phone it stands beneath what the layer is: who asked is brought there. */
  function bringIntoSight() {
    const { look: chosen } = state.get();
    const is_new = chosen !== null && String(chosen) !== String(looked_at);
    looked_at = chosen;
    // After the tab and the lens are open.
    if (is_new && narrow.matches) requestAnimationFrame(() => parent.scrollIntoView({ block: "start" }));
  }

  let noted = "";
  function update() {
    bringIntoSight();
    const { phase, answer } = look.get();
    parent.hidden = phase === "none";
    if (parent.hidden) return;
    parent.setAttribute("aria-busy", String(phase === "loading" || phase === "waiting"));
    for (const input of inputs) input.checked = input.value === state.get().look_by;
    setText(where, whereText());
    showWaiting();
    const key = JSON.stringify([phase, network.selectedId(), analysis.get().phase]);
    if (key !== noted) {
      const content = words();
      note.hidden = content.length === 0;
      note.replaceChildren(...content.map((part) => (typeof part === "string" ? element("p", { text: part }) : part)));
    }
    noted = key;
    const is_told = phase === "loading" || phase === "ready" || phase === "waiting";
    answer_body.hidden = !is_told;
    legend.hidden = !is_told;
    if (answer !== listed) showAnswer(answer);
    const { channel, row, column } = state.get();
    for (const { reaction, node } of cards) {
      const is_selected = reaction.channel === channel && row === listed?.row && column === listed?.column;
      node.setAttribute("aria-pressed", String(is_selected));
    }
    paintMaps();
  }

  /** @param {Reactions | null} answer */
  function showAnswer(answer) {
    listed = answer;
    painted = "";
    patch.show(answer);
    const box = answer?.input_box;
    setText(
      seen_by,
      !answer ? "" : box ? `All of them see this: ${sizeOf(box)} px of the input.` : "They read only padding.",
    );
    seen_by.title = box ? `Rows ${box.top} to ${box.bottom}, columns ${box.left} to ${box.right} of the input` : "";
    cards = answer ? answer.channels.map((reaction) => cardOf(answer, reaction)) : [];
    list.replaceChildren(...cards.map(({ node }) => element("li", {}, node)));
  }

  const sources = [look, state, network, analysis, inner.layer_maps];
  const ends = sources.map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      patch.destroy();
      parent.replaceChildren();
    },
  };
}
