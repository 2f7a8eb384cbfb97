/** The badge of scores that rest on what nobody has confirmed of a network of one's own. */

import { element } from "./element.js";

/** @typedef {import("../types.js").Model} Model */

const TITLES = {
  preprocessing:
    "How its training prepared pictures is assumed: with another preparation its numbers are wrong.",
  labels: "What its classes are called is unconfirmed.",
};

/** @param {Model["assumed"]} assumed */
function words(assumed) {
  if (assumed.length > 1) return "preparation, labels assumed";
  return assumed[0] === "labels" ? "labels unconfirmed" : "preparation assumed";
}

/** @returns {{node: HTMLElement, show: (model: Model | null | undefined) => void}} */
export function createAssumedBadge() {
  const node = element("span", { class: "badge badge-assumed", attributes: { hidden: true } });
  return {
    node,
    show(model) {
      const assumed = (model?.assumed ?? []).filter(
        (each) => each !== "labels" || (model?.classes ?? 0) > 0,
      );
      node.hidden = assumed.length === 0;
      if (node.hidden) return;
      node.textContent = words(assumed);
      node.title = assumed.map((each) => TITLES[each]).join(" ");
    },
  };
}
