/** How much of every layer a pixel of the input reaches: a row for each, with a bar. */

import { element } from "./element.js";
import { formatPercent } from "./format.js";
import { alikeInRow, reachedShare, reachedText } from "./reached.js";

/**
 * @param {HTMLElement} parent
 * @param {{label: string, opener: (layer_id: string, text: string) => HTMLElement}} options
 *   opener: what opens a layer, a link or a button with this text
 */
export function createReachList(parent, { label, opener }) {
  const list = element("ol", { class: "reach-list", attributes: { "aria-label": label } });
  parent.append(list);
  /** @type {{node: HTMLElement, ids: string[]}[]} */
  let rows = [];

  return {
    /** @param {import("../types.js").ReachedLayer[]} layers in the order of execution */
    show(layers) {
      rows = alikeInRow(layers).map((group) => {
        const ids = group.map(({ layer }) => layer);
        const share = reachedShare(group[0]);
        const bar = element("span", { class: "reach-bar", attributes: { "aria-hidden": "true" } });
        bar.style.setProperty("--share", String(share));
        const name = opener(ids[0], ids[0]);
        const others = element("span", {
          class: "reach-others",
          text: ids.length > 1 ? `+ ${ids.length - 1}` : "",
          attributes: { title: ids.slice(1).join(", ") },
        });
        const node = element(
          "li",
          { class: "reach-row", attributes: { "data-layers": ids.join(" "), "data-share": share } },
          element("span", { class: "reach-name" }, name, others),
          element("span", { class: "reach-count figure", text: reachedText(group[0]) }),
          bar,
          element("span", { class: "reach-share figure", text: share === 0 ? "0" : formatPercent(share) }),
        );
        return { node, ids };
      });
      list.replaceChildren(...rows.map(({ node }) => node));
    },

    /** @param {string | null} layer_id  Marks its row and brings it into sight. */
    mark(layer_id) {
      for (const { node, ids } of rows) {
        const is_open = layer_id !== null && ids.includes(layer_id);
        node.classList.toggle("is-open", is_open);
        if (!is_open || list.scrollHeight <= list.clientHeight) continue;
        list.scrollTop = node.offsetTop - list.offsetTop - (list.clientHeight - node.offsetHeight) / 2;
      }
    },
  };
}
