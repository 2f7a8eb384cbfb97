/** The class as a sum: what each channel of the last maps adds to its logit, exactly. */

import { createAsking } from "../../shared/asking.js";
import { against } from "../../shared/contrast.js";
import { button, element } from "../../shared/element.js";
import { formatExact, formatFixed, formatInteger, withoutRounding } from "../../shared/format.js";

const SHOWN = 10;

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyShares(parent, { api, state, analysis, attribution, network }) {
  parent.className = "why-shares";
  const title = element("h3", { text: "Channel by channel" });
  const sum = element("p", { class: "quiet" });
  const list = element("ol", { class: "why-bars" });
  const ranked = element("p", { class: "why-shares-head quiet" });
  const asking = createAsking("Taking the logit apart", () => {
    parent.classList.remove("is-waiting");
    for (const node of [sum, ranked, list]) node.replaceChildren();
    title.textContent = "Channel by channel";
  });
  parent.append(title, asking.node, sum, ranked, list);
  let wanted = "";

  function update() {
    const { phase, target } = attribution.get();
    const { model, image } = analysis.get();
    const class_index = target?.class_index ?? null;
    const rival = target?.rival ?? null;
    const is_asked = phase === "ready" && model !== null && image !== null && class_index !== null;
    const key = is_asked ? JSON.stringify([model.id, image, class_index, rival]) : "";
    if (key === wanted) return;
    wanted = key;
    asking.cancel();
    parent.hidden = !is_asked;
    parent.classList.add("is-waiting");
    if (!is_asked) return;
    asking.run(
      (signal) => api.decomposition(model.id, { image, class: class_index, rival }, signal),
      show,
    );
  }

  /** @param {import("../../types.js").Decomposition} found */
  function show({ label, rival_label, layer, logit, bias, shares }) {
    const { layer: selected, channel } = state.get();
    parent.classList.remove("is-waiting");
    title.textContent =
      rival_label === null ? `What makes up ${label}` : `What speaks for ${against(label, rival_label)}`;
    if (layer === null || bias === null) {
      list.replaceChildren();
      ranked.replaceChildren();
      sum.textContent = "What this network returns is not a sum over channels: its head bends.";
      return;
    }
    const is_map = (network.get().by_id.get(layer)?.output_shape.length ?? 0) === 3;
    const top = shares.slice(0, SHOWN);
    const others = shares.slice(SHOWN).map(({ share }) => share ?? NaN);
    const rest = withoutRounding(
      others.reduce((total, share) => total + share, 0),
      others,
    );
    const parts = `the sum over the ${formatInteger(shares.length)} \
${is_map ? "channels" : "features"} of ${layer} and`;
    sum.textContent =
      rival_label === null
        ? `Its logit ${formatFixed(logit, 3)} is exactly ${parts} a bias of \
${formatFixed(bias, 3)}: only linear steps follow.`
        : `The logit of ${label} less that of ${rival_label}, ${formatFixed(logit, 3)}, is exactly \
${parts} a difference of biases of ${formatFixed(bias, 3)}: only linear steps follow.`;
    ranked.replaceChildren(
      element("span", { text: is_map ? "channel" : "feature" }),
      element("span", {
        text: `largest share of the ${rival_label === null ? "logit" : "difference"} first, by magnitude`,
      }),
    );
    const largest = Math.max(...top.map(({ share }) => Math.abs(share ?? 0)), Number.MIN_VALUE);
    list.replaceChildren(
      ...top.map(({ channel: index, share }) => {
        const bar = element("span", { class: "why-bar", attributes: { "aria-hidden": "true" } });
        bar.style.width = `${(Math.abs(share ?? 0) / largest) * 100}%`;
        bar.classList.toggle("is-against", (share ?? 0) < 0);
        const row = button("", () => select(layer, index, is_map), {
          class: "why-share",
          title: `${formatExact(share)} · look at channel ${index} of ${layer}`,
        });
        row.append(
          element("span", { class: "why-share-name", text: String(index) }),
          element("span", { class: "why-share-track" }, bar),
          element("span", { class: "figure", text: formatFixed(share, 3) }),
        );
        row.classList.toggle("is-selected", selected === layer && channel === index);
        return element("li", {}, row);
      }),
    );
    if (shares.length > SHOWN) {
      const text = `the other ${formatInteger(shares.length - SHOWN)}: ${formatFixed(rest, 3)}`;
      list.append(element("li", { class: "quiet why-rest", text }));
    }
  }

  /** @param {string} layer @param {number} channel @param {boolean} is_map */
  function select(layer, channel, is_map) {
    const pins = is_map ? [channel] : [];
    state.change({ layer, channel, row: null, column: null, pins, lens: "maps" });
  }

  const ends = [attribution, analysis, network].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
      asking.cancel();
      parent.replaceChildren();
    },
  };
}
