/** Which channel's map is shown: the number that was chosen, or the one that the page chose. */

import { element } from "../../shared/element.js";
import { putIn } from "../../shared/suggestion.js";

/**
 * @param {string} label
 * @param {(channel: number) => void} onChoose
 */
export function createChannelField(label, onChoose) {
  /** A map may come while the number of another channel is half typed. */
  let is_typing = false;
  const input = element("input", {
    class: "number-field",
    attributes: { type: "number", min: 0, step: 1, "aria-label": label },
    on: {
      input() {
        is_typing = true;
      },
      change() {
        is_typing = false;
        onChoose(Math.max(0, Math.round(input.valueAsNumber) || 0));
      },
    },
  });
  return {
    node: element("label", { class: "field" }, "channel", input),

    /** @param {number} channel @param {number} count of the layer's channels */
    show(channel, count) {
      input.max = String(count - 1);
      if (!is_typing) putIn(input, String(channel));
    },

    /** Nothing is known yet. @param {boolean} is_other of another network, whose channels are others */
    clear(is_other) {
      if (is_other) is_typing = false;
      if (!is_typing) input.value = "";
    },
  };
}
