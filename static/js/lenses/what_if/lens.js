/** What if: something inside switched off or changed, the picture changed, parts of it covered. */

import { inWords } from "../../address/interventions.js";
import { createScoreChanges } from "../../scores/changes.js";
import { button, element } from "../../shared/element.js";
import { against, rivalOf } from "../../shared/contrast.js";
import { difference, formatChange, formatFixed, formatPercent } from "../../shared/format.js";
import { createAssumedBadge } from "../../shared/assumed_badge.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { createWaiting } from "../../shared/waiting.js";
import { createBlankFormView } from "./blank_form.js";
import { createChannelFinderView } from "./channel_finder.js";
import { createInterventionFormView } from "./intervention_form.js";
import { createOcclusionView } from "./occlusion.js";
import { createPictureEditView } from "./picture_sliders.js";
import { createWhatIf } from "./what_if.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhatIfView(parent, context) {
  const { state, analysis } = context;
  const what_if = createWhatIf(context);
  const chips = element("ul", {
    class: "chips",
    attributes: { "aria-label": "Active interventions" },
  });
  const clear = button("Undo all", () => state.change({ interventions: [], seen: {} }), {
    class: "button button-small button-quiet",
  });
  const work = element("p", { class: "quiet what-if-work" });
  const waiting = createWaiting({ is_over: true });
  const problem_text = element("p");
  const problem_line = element(
    "div",
    { class: "notice notice-problem", attributes: { hidden: true, role: "alert" } },
    problem_text,
    button("Try again", () => what_if.reload(), { class: "button button-small" }),
  );
  const table = element("div", { class: "what-if-changes" });
  const apart = element("p", { class: "quiet what-if-apart", attributes: { hidden: true } });
  const changes = createScoreChanges(table);
  const badges = [createRandomBadge(), createAssumedBadge()];
  const scores = element(
    "section",
    { class: "what-if-scores", attributes: { "aria-label": "Scores before and after" } },
    element("div", { class: "what-if-active" }, chips, clear),
    problem_line,
    ...badges.map(({ node }) => node),
    apart,
    table,
    work,
    waiting.node,
  );
  const form = element("div");
  const blank = element("div");
  const finder = element("div");
  const inside = element(
    "section",
    { class: "what-if-part" },
    element("h3", { text: "Inside the network" }),
    form,
    blank,
    finder,
  );
  const without_scores = element("p", {
    class: "notice",
    attributes: { hidden: true },
    text: "This network returns maps or features, no scores that could rise or fall. What is left \
is the picture: change it, look at it everywhere, and see what its maps do. The layers’ filters and \
fields, and Why a unit has its value, need no scores either.",
  });
  const seen = element("section", { class: "what-if-part" });
  const covered = element("section", { class: "what-if-part" });
  parent.append(without_scores, scores, inside, seen, covered);

  const parts = [
    createInterventionFormView(form, context),
    createBlankFormView(blank, context),
    createChannelFinderView(finder, context),
    createPictureEditView(seen, context, what_if),
    createOcclusionView(covered, context),
  ];

  function showChips() {
    const { interventions } = state.get();
    const words = interventions.map(inWords);
    if (chips.dataset.words === words.join()) return;
    chips.dataset.words = words.join();
    chips.replaceChildren(
      ...words.map((text, place) =>
        element(
          "li",
          { class: "chip" },
          element("span", { text }),
          button("×", () => remove(place), {
            class: "chip-remove",
            title: `Undo: ${text}`,
            attributes: { "aria-label": `Undo: ${text}` },
          }),
        ),
      ),
    );
  }

  /** @param {number} place */
  function remove(place) {
    const interventions = state.get().interventions.filter((_, index) => index !== place);
    state.change({ interventions });
  }

  function update() {
    if (state.get().lens !== "what-if") return;
    const has_no_scores = analysis.get().model?.classes === 0;
    without_scores.hidden = !has_no_scores;
    inside.hidden = has_no_scores;
    covered.hidden = has_no_scores;
    showChips();
    const { classes, answer, problem, is_busy, is_stopped, variant } = what_if.get();
    const { phase, model, prediction } = analysis.get();
    const is_waiting = is_busy || phase === "loading";
    for (const badge of badges) badge.show(model);
    clear.hidden = state.get().interventions.length === 0 && variant === null;
    problem_line.hidden = problem === null;
    scores.hidden = has_no_scores && problem === null;
    problem_text.textContent = problem?.message ?? "";
    const again = is_stopped && !is_waiting ? what_if.reload : null;
    waiting.show(is_waiting ? "Computing the scores anew" : null, {
      stop: phase === "loading" ? analysis.stop : what_if.stop,
      again,
    });
    const chosen = state.get().class_index ?? prediction?.classes[0]?.index ?? null;
    changes.show(classes, chosen);
    showApart(classes, chosen, rivalOf(state.get(), chosen));
    table.classList.toggle("is-waiting", is_waiting);
    scores.setAttribute("aria-busy", String(is_waiting));
    work.textContent = workText(answer, variant !== null);
  }

  /**
   * How far a class is above its rival, before and after.
   *
   * @param {import("../../types.js").ClassChange[]} classes
   * @param {number | null} chosen
   * @param {number | null} rival
   */
  function showApart(classes, chosen, rival) {
    const [one, other] = [chosen, rival].map((index) => classes.find((each) => each.index === index));
    apart.hidden = !one || !other;
    if (!one || !other) return;
    const before = difference(one.logit_before, other.logit_before);
    const after = difference(one.logit_after, other.logit_after);
    const change = difference(after, before);
    apart.textContent = `${against(one.label, other.label)}: the difference of their logits was \
${formatFixed(before, 2)}, and is ${formatFixed(after, 2)} (${formatChange(change, 2)}).`;
    apart.title = `${before}, then ${after}`;
  }

  /** @param {import("../../types.js").Interventions | null} answer @param {boolean} is_variant */
  function workText(answer, is_variant) {
    if (analysis.get().model?.classes === 0) return "";
    if (!answer) return analysis.get().phase === "ready" ? "" : "Needs scores first.";
    if (answer.interventions === 0) {
      return is_variant
        ? "The changed picture against the picture itself."
        : "Nothing is changed yet: switch a channel off, or move a slider.";
    }
    const share = formatPercent(answer.recomputed_macs_share);
    return `Computed anew: ${answer.recomputed_layers} layers, ${share} of the work.`;
  }

  const ends = [state, what_if, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      for (const part of parts) part.destroy?.();
      what_if.destroy();
      parent.replaceChildren();
    },
  };
}
