/** What stands above the scores: how far they are, what went wrong, what to make of them. */

import { button, element } from "../shared/element.js";

const PATIENCE_MS = 400;

/** @param {import("../page_types.js").Context} context */
export function createScoreStatus(context) {
  const { analysis, actions, network, own, pictures, stage, state } = context;
  const waiting_text = element("span");
  const waiting = element(
    "p",
    { class: "score-waiting", attributes: { hidden: true } },
    waiting_text,
    button("Stop", () => analysis.stop(), { class: "button button-small" }),
  );
  const message = element("div", { class: "score-message" });
  const node = element("div", { class: "score-status" }, waiting, message);

  /** @type {number | undefined} */
  let timer;

  /** Counts the seconds, once it takes long enough to be noticed. @param {boolean} is_running */
  function count(is_running) {
    if (is_running === (timer !== undefined)) return;
    clearInterval(timer);
    timer = undefined;
    waiting.hidden = true;
    if (!is_running) return;
    const start_ms = performance.now();
    timer = window.setInterval(() => {
      const elapsed_ms = performance.now() - start_ms;
      if (elapsed_ms < PATIENCE_MS) return;
      const title = analysis.get().model?.title ?? "The server";
      waiting_text.textContent = `${title} is at work: ${(elapsed_ms / 1000).toFixed(1)} s`;
      waiting.hidden = false;
    }, 100);
  }

  /**
   * @param {"problem" | "random" | "assumed" | "plain"} kind
   * @param {string} text
   * @param {HTMLButtonElement[]} buttons
   */
  function notice(kind, text, buttons = []) {
    return element(
      "div",
      {
        class: `notice notice-${kind}`,
        attributes: kind === "problem" ? { role: "alert" } : {},
      },
      element("p", { text }),
      buttons.length > 0 ? element("div", { class: "notice-actions" }, ...buttons) : null,
    );
  }

  /** @param {string} text @param {() => void} act */
  const small = (text, act) => button(text, act, { class: "button button-small" });

  /** @param {import("../page_types.js").Lens} lens */
  const showLayer = (lens) => state.change({ lens, tab: "layer" });

  /** @param {string} output the layer that the network returns */
  function showOutput(output) {
    network.select(output, { replace: true });
    showLayer("maps");
  }

  /** Asks the owner of the network what nobody has confirmed. */
  function confirm() {
    const { detail } = network.get();
    if (detail) own.change(detail);
  }

  /** Nothing can be said of a network before its layers and labels are here, as on its card. */
  function confirmButton() {
    const asking = small("Confirm or change", confirm);
    asking.disabled = network.get().detail === null;
    return asking;
  }

  const openPad = () => small("Draw a digit", () => stage.show("pad"));

  /** @param {import("../shared/problem.js").Problem} problem */
  function problemNotice(problem) {
    const { model } = analysis.get();
    const ways_out = [];
    if (problem.type === "unknown-image") {
      const examples = pictures.examplesFor(model).slice(0, 4);
      for (const { id, title } of examples) {
        ways_out.push(small(title, () => actions.openImage(id)));
      }
    } else if (problem.type === "unknown-model") {
      ways_out.push(small("Open the default model", () => state.change({ model: null })));
    } else {
      ways_out.push(small("Try again", () => analysis.run()));
    }
    return notice("problem", problem.message, ways_out);
  }

  function notices() {
    const { phase, model, image, problem } = analysis.get();
    const found = [];
    if (phase === "problem" && problem) found.push(problemNotice(problem));
    if (phase === "stopped") {
      found.push(notice("plain", "Stopped.", [small("Start again", () => analysis.run())]));
    }
    if (model?.origin === "random") {
      const text = `Random weights: these scores mean nothing yet. ${model.title} has not been \
trained; its parameters are as they were drawn at the start.`;
      found.push(notice("random", text));
    }
    if (phase === "blank" && model) {
      const drawing = stage.get() === "pad";
      const text = drawing
        ? `Draw a digit on the pad. ${model.title} reads it while you draw.`
        : `There is nothing for ${model.title} to look at yet.`;
      found.push(notice("plain", text, drawing ? [] : [openPad()]));
    }
    if (phase === "ready" && model?.classes === 0) {
      const output = network.get().detail?.output;
      const text = `${model.title} returns maps or features, no scores of classes. Its layers, \
fields and filters can be looked at, and why a unit has its value.`;
      const ways = [
        ...(output === undefined
          ? []
          : [small("What it returns", () => showOutput(output))]),
        small("Its filters", () => showLayer("filters")),
        small("Why a unit", () => showLayer("why")),
      ];
      found.push(notice("plain", text, ways));
    }
    if (phase === "ready" && model && model.classes > 0 && model.assumed.includes("preprocessing")) {
      const text = `How pictures are prepared for ${model.title} is assumed: if its training did \
it otherwise, these scores are wrong.`;
      found.push(notice("assumed", text, own.takesNetworks() ? [confirmButton()] : []));
    }
    if (phase === "ready" && model?.input_kind === "digit" && !pictures.showsDigit(image)) {
      const text = `${model.title} knows only the digits 0 to 9 and must call this picture one \
of them. Unless it shows a handwritten digit, the scores mean nothing.`;
      found.push(notice("plain", text, [openPad()]));
    }
    return found;
  }

  let shown = "";
  function update() {
    const { phase, model, image, problem } = analysis.get();
    count(phase === "loading");
    // Repeating an alert that has not changed would have it read aloud again.
    const returned = network.get().detail?.output;
    const situation = [
      ...[phase, model?.id, model?.assumed, image, problem?.message, stage.get(), returned],
    ].join("\n");
    if (situation === shown || phase === "loading") return;
    shown = situation;
    message.replaceChildren(...notices());
  }
  const ends = [analysis, stage, network].map((source) => source.subscribe(update));

  return {
    node,
    destroy() {
      clearInterval(timer);
      for (const end of ends) end();
    },
  };
}
