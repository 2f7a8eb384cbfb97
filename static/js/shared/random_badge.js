/** The badge that scores of an untrained network wear, wherever they stand. */

import { element } from "./element.js";
import { ORIGIN_NAMES } from "./format.js";

/** @returns {{node: HTMLElement, show: (model: Pick<import("../types.js").Model, "origin"> | null | undefined) => void}} */
export function createRandomBadge() {
  const node = element("span", {
    class: "badge badge-random",
    text: ORIGIN_NAMES.random,
    attributes: {
      hidden: true,
      title: "These parameters are as they were drawn at the start: the scores mean nothing yet",
    },
  });
  return {
    node,
    show(model) {
      node.hidden = model?.origin !== "random";
    },
  };
}
