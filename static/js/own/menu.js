/** What can be done with a network of one's own: say something else of it, forget it. */

import { button, byId, element } from "../shared/element.js";
import { asProblem } from "../shared/problem.js";

/**
 * @param {{own: import("./own_networks.js").OwnNetworks,
 *   detail: () => import("../types.js").ModelDetail | null,
 *   onForgotten: (model_id: string) => void}} parts
 */
export function createOwnMenu({ own, detail, onForgotten }) {
  /** @type {import("../types.js").Model | null} */
  let model = null;
  const change = button("Change labels or preparation", () => {
    const known = detail();
    if (known) own.change(known);
  }, { class: "button button-small" });
  const forget = button("Forget …", () => ask(true), { class: "button button-small" });
  const question = element("p", { attributes: { id: "own-forget-question" } });
  const yes = button("Forget it", () => remove(), { class: "button button-small button-danger" });
  const no = button("Keep it", () => ask(false), { class: "button button-small" });
  const asking = element(
    "div",
    {
      class: "notice",
      attributes: {
        role: "alertdialog",
        "aria-label": "Forget this network?",
        "aria-describedby": "own-forget-question",
      },
    },
    question,
    element("div", { class: "notice-actions" }, yes, no),
  );
  const problem_line = element("p", {
    class: "notice notice-problem",
    attributes: { role: "alert", hidden: true },
  });
  const off = element("p", {
    class: "quiet",
    text: "This server lets nobody change its networks: see CONVSCOPE_MODEL_UPLOADS.",
  });
  const buttons = element("div", { class: "own-menu-line" }, change, forget);
  const node = element("div", { class: "own-menu" }, buttons, asking, problem_line, off);

  /** @param {boolean} is_asked */
  function ask(is_asked) {
    buttons.hidden = is_asked;
    asking.hidden = !is_asked;
    problem_line.hidden = true;
    if (is_asked) no.focus();
    else if (node.isConnected) forget.focus();
  }

  async function remove() {
    if (!model) return;
    const { id } = model;
    yes.disabled = true;
    try {
      await own.remove(id);
      const { activeElement: at } = document;
      const is_lost = at === null || at === document.body || asking.contains(at);
      onForgotten(id);
      // The button is gone with the network; where another is chosen is as near as can be.
      if (is_lost) byId("model-button").querySelector("button")?.focus();
    } catch (error) {
      if (model?.id === id) {
        ask(false);
        problem_line.textContent = asProblem(error).message;
        problem_line.hidden = false;
      }
    }
    yes.disabled = false;
  }

  return {
    node,

    /** @param {import("../types.js").Model | null} shown */
    show(shown) {
      if (shown?.id !== model?.id) {
        problem_line.hidden = true;
        asking.hidden = true;
      }
      model = shown;
      node.hidden = model?.origin !== "custom";
      const is_allowed = own.takesNetworks();
      buttons.hidden = !is_allowed || !asking.hidden;
      off.hidden = is_allowed;
      question.textContent = `Forget ${model?.id}? Its weights are deleted from this server, and \
the addresses that lead to it end.`;
    },

    /** Whether its layers and labels are known, without which there is nothing to change. */
    update() {
      change.disabled = detail() === null;
    },
  };
}
