/** The network as what it is: lanes for branches, bridges for skips, blocks that fold. */

import { element } from "../element.js";

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View & {search: () => void}}
 */
export function createNetworkView(parent, tools, { network }) {
  const end = network.subscribe(({ detail }) => {
    parent.replaceChildren(
      ...(detail?.layers ?? []).map(({ id }) => element("p", { text: id })),
    );
  });
  return { search() {}, destroy: end };
}
