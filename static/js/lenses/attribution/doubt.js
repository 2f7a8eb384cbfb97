/** Reasons to doubt a map, one click each: forgetful networks, deleted pixels, other methods. */

import { button, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { agreementResult, deletionResult, randomisationResult } from "./doubt_results.js";

/** @typedef {"randomisation" | "deletion" | "agreement"} Test */

/** @type {{test: Test, text: string, title: string}[]} */
const TESTS = [
  {
    test: "randomisation",
    text: "Randomise the network",
    title: "Take the learned weights away, block by block from the top: does the map notice?",
  },
  {
    test: "deletion",
    text: "Delete and insert",
    title: "Take the pixels away that the map calls important: does the score fall?",
  },
  {
    test: "agreement",
    text: "Compare the methods",
    title: "Do the methods beside each other rank the pixels alike?",
  },
];

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyDoubt(parent, context) {
  const { api, state, attribution } = context;
  parent.className = "why-doubt";
  const buttons = TESTS.map(({ test, text, title }) =>
    button(text, () => run(test), { class: "button button-small", title }),
  );
  const progress = element("progress", { attributes: { max: 1, "aria-label": "Testing" } });
  const progress_text = element("span", { attributes: { role: "status" } });
  const stop = button("Stop", cancel, { class: "button button-small" });
  const waiting = element("div", { class: "why-progress" }, progress_text, progress, stop);
  const result = element("div", { class: "why-result" });
  waiting.hidden = true;
  parent.append(
    element("h3", { text: "Doubt it" }),
    element("div", { class: "why-line" }, ...buttons),
    waiting,
    result,
  );
  const latest = createLatest();
  /** What the result is about. */
  let about = "";
  let is_running = false;

  /** @param {Test | null} chosen whose result stands there */
  function press(chosen) {
    TESTS.forEach(({ test }, place) => {
      buttons[place].setAttribute("aria-pressed", String(test === chosen));
    });
  }

  /** @param {boolean} running */
  function setRunning(running) {
    is_running = running;
    waiting.hidden = !running;
    parent.setAttribute("aria-busy", String(running));
  }

  /** @param {number} done @param {number} total */
  function onProgress(done, total) {
    progress.classList.toggle("is-invisible", total === 0);
    if (total > 0) progress.value = done / total;
    const share = total > 0 ? `${Math.round((100 * done) / total)}\u202f%` : "waiting";
    progress_text.textContent = share;
  }

  function cancel() {
    latest.cancel();
    setRunning(false);
    result.replaceChildren(element("p", { class: "quiet", text: "Stopped." }));
  }

  /**
   * @param {Test} test
   * @returns {{model: string, method: import("../../types.js").AttributionMethod,
   *   query: import("../../api/api.js").AttributionQuery} | null}
   */
  function subject(test) {
    const card = attribution.chosen();
    const { cards, catalogue, target } = attribution.get();
    const query = card ? attribution.queryOf(card) : null;
    if (!card || !catalogue || !target || !query) return null;
    if (test !== "agreement") return { model: catalogue.model, method: card.method, query };
    const { image } = query;
    const layer = state.get().why_layer;
    const methods = cards.map(({ method }) => method.name).join(",");
    return {
      model: catalogue.model,
      method: card.method,
      query: { image, ...target.query, layer, methods },
    };
  }

  /** @param {Test} test */
  function run(test) {
    const asked = subject(test);
    if (!asked) return;
    if (test === "agreement" && !String(asked.query.methods).includes(",")) {
      about = "";
      latest.cancel();
      setRunning(false);
      const text = "There is only one method: put another beside it.";
      result.replaceChildren(element("p", { class: "quiet", text }));
      return;
    }
    about = JSON.stringify([test, asked.model, asked.method.name, asked.query]);
    press(test);
    setRunning(true);
    onProgress(0, 0);
    result.replaceChildren();
    latest.run(
      (signal) => ask(test, asked, signal),
      (nodes) => {
        setRunning(false);
        result.dataset.test = test;
        result.replaceChildren(...nodes);
      },
      (error) => {
        setRunning(false);
        result.replaceChildren(
          element("p", { class: "notice notice-problem", text: asProblem(error).message }),
        );
      },
    );
  }

  /**
   * @param {Test} test
   * @param {NonNullable<ReturnType<typeof subject>>} asked
   * @param {AbortSignal} signal
   * @returns {Promise<HTMLElement[]>}
   */
  async function ask(test, { model, method, query }, signal) {
    /** @param {number} done @param {number} total */
    const follow = (done, total) => {
      if (!signal.aborted) onProgress(done, total);
    };
    const { target, catalogue } = attribution.get();
    const text = target?.text ?? "";
    if (test === "agreement") {
      const found = await api.attributionAgreement(model, query, follow, signal);
      return agreementResult(found.pairs, catalogue?.methods ?? []);
    }
    const found = await api.attributionTest(model, method.name, test, query, follow, signal);
    if (test === "deletion") return deletionResult(found, method.title, text);
    const body = await api.randomisationMaps(model, method.name, query, signal);
    const image = String(query.image);
    const url = api.inputUrl(model, image, "png");
    const shape = attribution.chosen()?.answer?.heat ?? { height: 1, width: 1 };
    return randomisationResult(found, decodeNpy(body), shape, url, method.title);
  }

  /** What was found about another map does not stay beside this one. */
  function update() {
    if (about === "") return;
    const [test] = /** @type {[Test]} */ (JSON.parse(about));
    const asked = subject(test);
    const key = asked ? JSON.stringify([test, asked.model, asked.method.name, asked.query]) : "";
    if (key === about) return;
    about = "";
    press(null);
    latest.cancel();
    if (is_running) setRunning(false);
    result.replaceChildren();
  }

  const ends = [attribution.subscribe(update), state.subscribe(update)];
  return {
    destroy() {
      for (const end of ends) end();
      latest.cancel();
      parent.replaceChildren();
    },
  };
}
