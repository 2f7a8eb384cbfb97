/** The networks that one side can show: people's own first, under their heading. */

import { YOURS } from "../../models/search.js";
import { element } from "../../shared/element.js";

/**
 * @param {import("./address.js").Side} side
 * @param {import("../../models/catalogue.js").Catalogue} catalogue
 * @param {(model_id: string) => void} onChange
 */
export function createModelChoice(side, catalogue, onChange) {
  const node = element("select", {
    class: "select",
    attributes: { "aria-label": `Network on the ${side}` },
    on: { change: () => onChange(node.value) },
  });
  let offered = /** @type {import("../../types.js").Model[] | null} */ (null);

  function offer() {
    if (offered === catalogue.all()) return;
    offered = catalogue.all();
    const ready = offered.filter(({ weights }) => weights.status === "ready");
    /** @param {import("../../types.js").Model} model */
    const option = ({ id, title }) =>
      element("option", { text: `${title} · ${id}`, attributes: { value: id } });
    const own = ready.filter(({ origin }) => origin === "custom").map(option);
    const others = ready.filter(({ origin }) => origin !== "custom").map(option);
    node.replaceChildren(
      ...(own.length > 0
        ? [
            element("optgroup", { attributes: { label: YOURS } }, ...own),
            element("optgroup", { attributes: { label: "The catalogue" } }, ...others),
          ]
        : others),
    );
  }

  return {
    node,

    /** @param {string} model_id that is open, be it in the list or not */
    show(model_id) {
      offer();
      if (![...node.options].some(({ value }) => value === model_id)) {
        node.append(element("option", { text: model_id, attributes: { value: model_id } }));
      }
      node.value = model_id;
    },
  };
}
