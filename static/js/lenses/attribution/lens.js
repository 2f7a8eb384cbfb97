/** The lens "why": maps of several methods beside each other, and reasons to doubt them. */

import { setNotice } from "../../shared/children.js";
import { button, element } from "../../shared/element.js";
import { awaitedFirst, createWaiting } from "../../shared/waiting.js";
import { createWhyCards } from "./cards.js";
import { createWhyDoubt } from "./doubt.js";
import { createDoubtTests } from "./doubt_tests.js";
import { createWhyLayers } from "./layers_strip.js";
import { createWhyHead } from "./head.js";
import { createWhyShares } from "./shares.js";
import { createWhyTools } from "./tools.js";
import { createWhyTrust } from "./trust.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyView(parent, context) {
  const { attribution, analysis, state } = context;
  const notice = element("div", { class: "notice why-notice", attributes: { hidden: true } });
  const body = element("div", { class: "why" });
  const doubts = createDoubtTests(context);
  // The tests stand last: what they find grows downwards, and moves nothing.
  const sections = [
    ...[createWhyHead, createWhyTrust, createWhyCards, createWhyTools, createWhyLayers, createWhyShares],
    createWhyDoubt,
  ];
  const views = sections.map((create) => {
    const section = element("section");
    body.append(section);
    return create(section, { ...context, doubts });
  });
  const waiting = createWaiting({ is_over: true });
  parent.append(element("div", { class: "waiting-place" }, waiting.node), notice, body);

  function update() {
    const { phase, problem } = attribution.get();
    const { phase: analysis_phase, model } = analysis.get();
    const needs_unit = model?.classes === 0 && state.get().channel === null;
    const nothing = (analysis_phase !== "ready" || needs_unit) && phase === "waiting";
    // From then on each card tells how far it is.
    const is_opening = analysis_phase === "loading" || (phase !== "problem" && attribution.get().cards.length === 0);
    const first = awaitedFirst(context);
    const text = "Asking what can be explained, and how";
    if (phase === "stopped" && !first) waiting.show(null, { again: attribution.reload });
    else if (is_opening && !nothing) waiting.show(text, { stop: attribution.stopAsking, ...first, ...{ text } });
    else waiting.show(null);
    body.hidden = phase === "problem" || nothing;
    notice.hidden = !body.hidden;
    notice.classList.toggle("notice-problem", phase === "problem");
    if (phase === "problem" && problem) {
      setNotice(notice, [
        element("p", { text: problem.message }),
        button("Try again", () => attribution.reload(), { class: "button button-small" }),
      ]);
    } else setNotice(notice, needs_unit ? withoutScores(context) : ["There is no score to explain yet."]);
  }
  const ends = [attribution, analysis, state].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      for (const view of views) view.destroy?.();
      doubts.destroy();
      parent.replaceChildren();
    },
  };
}

/** @param {import("../../page_types.js").Context} context */
function withoutScores({ analysis, state }) {
  const title = analysis.get().model?.title ?? "This network";
  return [
    element("p", {
      text: `${title} returns maps or features, no scores: there is no class to explain. A unit of \
any layer can be explained instead: click one in its maps, then come back here.`,
    }),
    element(
      "div",
      { class: "notice-actions" },
      button("To the maps", () => state.change({ lens: "maps" }), { class: "button button-small" }),
    ),
  ];
}
