/** Search among the layers: which match, and the way from one to the next. */

import { element } from "../shared/element.js";
import { operationText } from "./layer_head.js";

/**
 * @param {import("../types.js").Layer} layer
 * @param {string} query every word of it must be found
 */
function matchesQuery(layer, query) {
  const text = `${layer.id} ${operationText(layer)} ${layer.operation} ${layer.module_class}`;
  const where = text.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => where.includes(word));
}

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View & {focus: () => void, matches: () => Set<string>}}
 */
export function createNetworkSearchView(parent, { state, network }) {
  const input = element("input", {
    class: "network-search",
    attributes: {
      type: "search",
      placeholder: "Find a layer",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Search the layers (/)",
      title: "Search the layers (/); Enter goes to the next",
    },
    on: { input: search, keydown: onKey },
  });
  const count = element("output", { class: "network-found" });
  const box = element("span", { class: "network-search-box" }, input, count);
  parent.append(box);

  let known = "";
  /** @type {Set<string>} */
  let matches = new Set();

  function search() {
    state.change({ find: input.value.trim() }, { replace: true });
  }

  /** @returns {Set<string>} */
  function currentMatches() {
    const { find } = state.get();
    const { by_id, detail } = network.get();
    const key = JSON.stringify([detail?.id, find]);
    if (key !== known) {
      known = key;
      const layers = find === "" ? [] : [...by_id.values()];
      matches = new Set(
        layers.filter((layer) => matchesQuery(layer, find)).map(({ id }) => id),
      );
    }
    return matches;
  }

  /** @param {number} places */
  function step(places) {
    const ids = [...network.get().by_id.keys()];
    const found = [...currentMatches()];
    if (found.length === 0) return;
    const at = ids.indexOf(network.selectedId() ?? "");
    const next =
      places > 0
        ? (found.find((id) => ids.indexOf(id) > at) ?? found[0])
        : (found.findLast((id) => ids.indexOf(id) < at) ?? found[found.length - 1]);
    network.select(next, { replace: true });
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (input.value === "") input.blur();
      input.value = "";
      search();
    }
  }

  function update() {
    const { find } = state.get();
    if (input.value.trim() !== find) input.value = find;
    const found = [...currentMatches()];
    const at = found.indexOf(network.selectedId() ?? "");
    const place = at < 0 ? "" : `${at + 1} of `;
    count.textContent = find === "" ? "" : found.length === 0 ? "none" : `${place}${found.length}`;
  }
  const ends = [state.subscribe(update), network.subscribe(update)];
  update();

  return {
    focus() {
      if (state.get().tab !== "network") state.change({ tab: "network" }, { replace: true });
      input.focus();
      input.select();
    },
    matches: currentMatches,
    destroy() {
      for (const end of ends) end();
      box.remove();
    },
  };
}
