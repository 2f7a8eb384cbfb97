/** Of which maps below a unit is put together, with what they have to say at its place. */

import { byId, element } from "../../shared/element.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { pageAddress } from "../parts/links.js";
import { fieldOf } from "../parts/picture_network.js";

const MOST_MAPS = 6;
const MOST_STEPS = 8;
/** As many as the server lists. */
const ALL_TERMS = 1000;

/**
 * @typedef {import("../../types.js").Explanation} Explanation
 * @typedef {import("../../types.js").UnitValue} UnitValue
 */

/**
 * Follows a unit down to the first that reads several maps: depthwise convolutions, activations and
 * the like have one each.
 *
 * @param {import("../../api/api.js").Api} api
 * @param {{model: string, image: string}} query
 * @param {UnitValue} from
 * @param {AbortSignal} signal
 * @returns {Promise<Explanation | null>} null: nothing is put together there
 */
export async function madeOf(api, query, from, signal) {
  /** @type {UnitValue | null} */
  let unit = from;
  for (let step = 0; unit && step < MOST_STEPS; step += 1) {
    const { layer, channel, row, column } = unit;
    const place = { layer, channel, row: row ?? undefined, column: column ?? undefined };
    const found = await api.explanation({ ...query, ...place, terms: ALL_TERMS }, signal);
    if (found.patch && found.patch.channels > 1) return found;
    unit = found.largest[0]?.unit ?? found.operands[0] ?? null;
  }
  return null;
}

/**
 * @param {import("../../api/api.js").Api} api
 * @param {import("../../types.js").ModelDetail} detail
 */
export function createMadeOf(api, detail) {
  /** @param {string} id */
  const layerOf = (id) => detail.layers.find((layer) => layer.id === id);

  /**
   * A map with the place marked that is read.
   *
   * @param {string} image
   * @param {UnitValue} unit
   * @param {Node[]} caption
   */
  function mapOf(image, unit, caption) {
    const [, height = 1, width = 1] = layerOf(unit.layer)?.output_shape ?? [];
    const { layer, channel, row, column } = unit;
    const query = { model: detail.id, layer, image };
    const name = `map ${channel} of ${layer}`;
    const picture = element("img", {
      attributes: {
        src: api.activationsUrl({ ...query, format: "png", channels: String(channel) }),
        alt: name,
        decoding: "async",
      },
    });
    const mark = element("span", { class: "made-mark", attributes: { "aria-hidden": "true" } });
    mark.style.left = `${(100 * ((column ?? 0) + 0.5)) / width}%`;
    mark.style.top = `${(100 * ((row ?? 0) + 0.5)) / height}%`;
    const href = pageAddress({ ...query, channel, row, column });
    return element(
      "figure",
      { class: "made-map", attributes: { "data-channel": channel } },
      element("a", { class: "made-frame", attributes: { href, title: name } }, picture, mark),
      element("figcaption", {}, ...caption),
    );
  }

  /**
   * @param {string} image
   * @param {UnitValue} seen the unit that is looked at, or that reads this one
   * @param {Explanation} explanation
   */
  function nodesOf(image, seen, { layer, channel, row, column, value, patch, largest }) {
    /** @type {Map<number, import("../../types.js").Term & {unit: UnitValue}>} */
    const strongest = new Map();
    for (const term of largest) {
      const { unit } = term;
      if (unit && !strongest.has(unit.channel)) strongest.set(unit.channel, { ...term, unit });
    }
    const terms = [...strongest.values()].slice(0, MOST_MAPS);
    const unit = { layer, channel, row, column, value };
    const below = patch?.layer ?? "";
    const source = below === "input" ? "the picture’s colours" : `the ${patch?.channels} maps of ${below}`;
    const sees = layerOf(below) ? fieldOf(/** @type {import("../../types.js").Layer} */ (layerOf(below))) : 0;
    const whose = seen.layer === layer ? "That is" : `The unit of ${seen.layer} reads this map alone. It is`;
    const most = terms.length < 2 ? "What counts" : `The ${terms.length} that count`;
    const what = `whose units see ${sees} px each. ${most} most there, value × weight:`;
    return [
      mapOf(image, unit, [
        element("strong", { text: `map ${channel} of ${layer.replaceAll(".", ".\u200b")}` }),
        element("span", { class: "figure", text: readable(value) }),
      ]),
      element("p", { class: "made-words", text: `${whose} put together from ${source}, ${what}` }),
      ...terms.map((term) => {
        const product = element("strong", { class: "figure", text: readable(term.product) });
        product.dataset.product = String(term.product);
        const sum = element("span", { class: "figure" }, "= ", product);
        return mapOf(image, term.unit, [
          element("span", { text: below === "input" ? COLOURS[term.unit.channel] : `map ${term.unit.channel}` }),
          element("span", { class: "figure", text: `${readable(term.value)} × ${readable(term.weight)}` }),
          sum,
        ]);
      }),
    ];
  }

  /** @type {Explanation | null | undefined} */
  let shown;
  return {
    /**
     * @param {string} image
     * @param {UnitValue} seen
     * @param {Explanation | null} explanation
     */
    show(image, seen, explanation) {
      if (explanation === shown) return;
      shown = explanation;
      const place = byId("depth-made");
      place.dataset.layer = explanation?.layer ?? "";
      place.replaceChildren(...(explanation ? nodesOf(image, seen, explanation) : []));
    },
  };
}

const COLOURS = ["red", "green", "blue"];
