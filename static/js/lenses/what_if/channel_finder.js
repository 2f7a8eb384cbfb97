/** Which channel of the layer matters most to a class: found by switching each off in turn. */

import { button, element } from "../../shared/element.js";
import { MINUS, formatChange, formatPercent } from "../../shared/format.js";
import { createLongTask } from "../../shared/long_task.js";

const SHOWN = 6;

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createChannelFinderView(parent, { state, api, analysis, network }) {
  const list = element("table", { class: "finder-table", attributes: { hidden: true } });
  const caption = element("p", { class: "quiet" });
  let found_for = "";

  function question() {
    const { phase, model, image, prediction } = analysis.get();
    const layer = network.selected();
    const class_index = state.get().class_index ?? prediction?.classes[0]?.index;
    const is_ready = phase === "ready" && model && image !== null && layer;
    if (!is_ready || class_index === undefined) return null;
    return { model: model.id, layer: layer.id, image, class: class_index };
  }

  const task = createLongTask({
    text: "Find the channel that matters most",
    name: "Channels switched off in turn",
    work(onProgress, signal) {
      const asked = question();
      if (!asked) return null;
      found_for = JSON.stringify(asked);
      return api.ablations(asked, onProgress, signal);
    },
    show,
  });
  parent.append(task.node, caption, list);

  /** @param {import("../../types.js").Ablations} found */
  function show({ layer, label, channels }) {
    caption.textContent = `Each of ${channels.length} channels of ${layer} off in turn: what ${label} loses most by.`;
    const heads = ["channel", "logit", "probability", ""];
    list.replaceChildren(
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...heads.map((text) => element("th", { text, attributes: { scope: "col" } })),
        ),
      ),
      element(
        "tbody",
        {},
        ...channels.slice(0, SHOWN).map((each) =>
          element(
            "tr",
            { attributes: { "data-channel": each.channel } },
            element("td", { text: String(each.channel) }),
            element("td", { text: formatChange(each.logit_difference, 3) }),
            element("td", {
              text: signedPercent(each.probability_difference),
            }),
            element(
              "td",
              {},
              button(`Switch off ${each.channel}`, () => switchOff(layer, each.channel), {
                class: "button button-small",
              }),
            ),
          ),
        ),
      ),
    );
    list.hidden = false;
  }

  /** @param {string} layer @param {number} channel */
  function switchOff(layer, channel) {
    const { interventions } = state.get();
    state.change({ interventions: [...interventions, { kind: "switch_off", layer, channel }] });
  }

  function update() {
    const asked = question();
    task.allow(asked !== null);
    const label = analysis
      .get()
      .prediction?.classes.find(({ index }) => index === asked?.class)?.label;
    task.setText(`Find the channel that matters most${label ? ` to ${label}` : ""}`);
    if (found_for && JSON.stringify(asked) !== found_for) {
      found_for = "";
      task.end();
      list.hidden = true;
      caption.textContent = "";
    }
  }

  const ends = [state, analysis, network].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
      task.end();
      parent.replaceChildren();
    },
  };
}

/** @param {number | null} difference of shares */
const signedPercent = (difference) =>
  difference === null
    ? formatPercent(null)
    : `${difference > 0 ? "+" : MINUS}${formatPercent(Math.abs(difference))}`;
