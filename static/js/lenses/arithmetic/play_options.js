/** How it plays: window by window or product by product, how fast, and which channel is shown. */

import { element, setText } from "../../shared/element.js";
import { isWeighed } from "./patch.js";

/** Steps a second. */
const PACES = { slowly: 2, steadily: 6, fast: 24 };

/**
 * @param {object} listeners
 * @param {(mode: "product" | "window") => void} listeners.onMode
 * @param {(index: number) => void} listeners.onChannel of the patch's channels
 */
export function createPlayOptions({ onMode, onChannel }) {
  const by_product = element("input", {
    attributes: { type: "checkbox" },
    on: { change: () => onMode(by_product.checked ? "product" : "window") },
  });
  const by_product_words = element("span");
  const pace = element(
    "select",
    { class: "select", attributes: { "aria-label": "How fast it plays" } },
    ...Object.keys(PACES).map((text) => element("option", { text, attributes: { value: text } })),
  );
  pace.value = "steadily";
  const channel = element("select", {
    class: "select",
    attributes: { "aria-label": "Channel that is shown" },
    on: { change: () => onChannel(Number(channel.value)) },
  });

  return {
    node: element(
      "div",
      { class: "play-options" },
      element("label", { class: "play-option" }, by_product, by_product_words),
      pace,
      channel,
    ),

    per_second: () => PACES[/** @type {keyof typeof PACES} */ (pace.value)],

    /** @param {import("../../types.js").Explanation} answer @param {string | null} mode */
    show(answer, mode) {
      by_product.checked = mode === "product";
      const has_products = answer.kind !== "maximum" && isWeighed(answer);
      setText(by_product_words, has_products ? "product by product" : "value by value");
    },

    /** @param {import("./play_session.js").PlaySession} session */
    offerChannels({ is_colour, sliding, channels }) {
      const { patch } = sliding;
      channel.hidden = is_colour || patch.channels === 1;
      const [first] = channels();
      channel.replaceChildren(
        ...Array.from({ length: channel.hidden ? 0 : patch.channels }, (_, index) =>
          element("option", {
            text: `channel ${patch.first_channel + index}`,
            attributes: { value: index },
          }),
        ),
      );
      if (!channel.hidden) channel.value = String(first);
    },
  };
}
