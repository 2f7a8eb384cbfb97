/** What is known about the model that is open. */

import { element } from "../shared/element.js";
import { createOwnMenu } from "../own/menu.js";
import { createAssumedBadge } from "../shared/assumed_badge.js";
import { term } from "../shared/term.js";
import { ORIGIN_NAMES, formatBytes, formatInputSize, formatInteger } from "../shared/format.js";

/** @typedef {import("../types.js").Model} Model */

/** @param {NonNullable<Model["paper"]>} paper */
function paperLink(paper) {
  const link = element("a", {
    text: paper.title,
    attributes: { href: paper.url, rel: "noopener noreferrer", target: "_blank" },
  });
  return element("span", {}, link, ` ${paper.authors}, ${paper.year}`);
}

/** @param {Model} model */
function weightsText({ weights, origin }) {
  const parts = [weights.source];
  if (weights.bytes !== null) parts.push(formatBytes(weights.bytes));
  const is_published = origin !== "random" && origin !== "custom";
  if (is_published && weights.licence) parts.push(weights.licence);
  return parts.filter(Boolean).join(" · ");
}

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createModelCardView(parent, { analysis, network, own, actions, catalogue }) {
  const title = element("h2");
  const badge = element("span");
  const id = element("p", { class: "model-card-id" });
  const facts = element("dl", { class: "facts" });
  const assumed = createAssumedBadge();
  const menu = createOwnMenu({
    own,
    detail: () => network.get().detail,
    onForgotten: actions.leaveModel,
  });
  const head = element("div", { class: "model-card-head" }, title, badge, assumed.node);
  parent.append(head, id, facts, menu.node);
  parent.hidden = true;

  /** @param {string | Node} name @param {string | Node} content */
  const fact = (name, content) => [element("dt", {}, name), element("dd", {}, content)];

  const preprocessing = element("span");
  /** @type {Model | null} */
  let shown = null;

  /** @param {Model} model */
  function show(model) {
    shown = model;
    title.textContent = model.title;
    badge.className = `badge badge-${model.origin}`;
    badge.textContent = ORIGIN_NAMES[model.origin];
    id.textContent = model.id;
    preprocessing.textContent = "…";
    facts.replaceChildren(
      ...(model.paper ? fact("paper", paperLink(model.paper)) : []),
      ...fact(term("parameters", "parameters"), formatInteger(model.parameters)),
      ...fact("input", `${formatInputSize(model.input_size)}, channels × height × width`),
      ...fact("classes", model.classes > 0 ? formatInteger(model.classes) : "none: no scores"),
      ...fact("prepared", preprocessing),
      ...fact("weights", weightsText(model)),
      ...(model.metrics ? fact("accuracy", model.metrics) : []),
      ...(model.notes ? fact("notes", model.notes) : []),
    );
  }

  function showPreprocessing() {
    const { detail, problem } = network.get();
    preprocessing.textContent = detail?.preprocessing.description ?? problem?.message ?? "…";
  }

  const ends = [
    analysis.subscribe(({ model }) => {
      parent.hidden = model === null;
      if (model && model !== shown) show(model);
      assumed.show(model);
      menu.show(model);
    }),
    network.subscribe(() => {
      showPreprocessing();
      menu.update();
    }),
    catalogue.subscribe(() => menu.show(shown)),
  ];

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
