/** Which channel of the layer matters most to a class: found by switching each off in turn. */

import { against, rivalOf } from "../../shared/contrast.js";
import { button, element } from "../../shared/element.js";
import { MINUS, formatChange, formatFixed } from "../../shared/format.js";
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
    const rival = rivalOf(state.get(), class_index);
    return { model: model.id, layer: layer.id, image, class: class_index, rival };
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
  function show({ layer, label, rival_label, channels }) {
    caption.textContent = `Each of ${channels.length} channels of ${layer} off in turn: what ${label} \
loses most by${rival_label === null ? "" : ` against ${rival_label}`}. A point is one of the 100 in 100 %.`;
    const heads = ["channel", "logit", "probability"];
    list.replaceChildren(
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...heads.map((text) => element("th", { text, attributes: { scope: "col" } })),
          element("td"),
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
              text: inPoints(each.probability_difference),
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
    const labels = network.get().detail?.labels ?? [];
    const label = asked ? labels[asked.class] : undefined;
    const rival_label = asked?.rival === null || !asked ? null : labels[asked.rival];
    const to = label ? ` to ${against(label, rival_label)}` : "";
    task.setText(`Find the channel that matters most${to}`);
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

/**
 * Two shares of 100 % differ by points: 30 % less 10 % is 20 points, and a third of what it was.
 *
 * @param {number | null} difference of shares
 */
function inPoints(difference) {
  if (difference === null) return formatFixed(null, 0);
  const points = difference * 100;
  const is_small = points !== 0 && Math.abs(points) < 0.01;
  const sign = points > 0 ? "+" : points < 0 ? MINUS : "";
  const amount = is_small ? "<0.01" : Math.abs(points).toFixed(2);
  return `${sign}${amount} points`;
}
