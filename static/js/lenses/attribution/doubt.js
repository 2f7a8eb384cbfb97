/** Reasons to doubt a map, one click each: forgetful networks, deleted pixels, other methods. */

import { button, element, setText } from "../../shared/element.js";
import { TESTS } from "./doubt_tests.js";
import { joint, shareOf } from "./doubt_words.js";

/** @typedef {import("./doubt_tests.js").Test} Test */

/** What a test that brought nothing says. */
const WORDS = {
  stopped: "Stopped.",
  alone: "There is only one method: put another beside it.",
};

/**
 * @param {HTMLElement} parent
 * @param {import("./doubt_tests.js").WhyContext} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyDoubt(parent, { doubts }) {
  parent.className = "why-doubt";
  const buttons = TESTS.map(({ test, text, title }) =>
    button(text, () => doubts.run([test]), {
      class: "button button-small",
      title,
      attributes: { id: `why-run-${test}` },
    }),
  );
  const progress = element("progress", { attributes: { max: 1, "aria-label": "Testing" } });
  const said = element("span", { class: "why-doubt-joint" });
  const stop = button("Stop", doubts.stop, { class: "button button-small" });
  const results = element("div", { class: "why-results" });
  parent.append(
    element("h3", { text: "Doubt it" }),
    element("p", {
      class: "quiet",
      text: "A test can show that a map is wrong; none can prove it right. What each found stays beneath until the map is another.",
    }),
    element("div", { class: "why-line" }, ...buttons),
    element("div", { class: "why-progress" }, said, progress, stop),
    results,
  );
  /** What stands there, by test. @type {Map<Test, {found: object, node: HTMLElement}>} */
  const shown = new Map();

  /** @param {(typeof TESTS)[number]} of @param {import("./doubt_tests.js").Found} found */
  function resultOf({ test, text }, found) {
    const content =
      found.phase === "done"
        ? found.finding.nodes
        : found.phase === "problem"
          ? [element("p", { class: "notice notice-problem", text: found.message })]
          : [element("p", { class: "quiet", text: WORDS[/** @type {keyof typeof WORDS} */ (found.phase)] })];
    return element(
      "section",
      {
        class: "why-result",
        attributes: { id: `why-test-${test}`, tabindex: "-1", "aria-label": text, "data-test": test },
      },
      element("h4", { text }),
      ...content,
    );
  }

  function update() {
    const running = doubts.running();
    if (running === null && document.activeElement === stop) buttons[0].focus();
    setText(said, running ? `${running.name}: ${shareOf(running)}` : `Together: ${joint(doubts)}`);
    progress.hidden = stop.hidden = running === null;
    progress.classList.toggle("is-invisible", !running?.total);
    if (running?.total) progress.value = running.done / running.total;
    parent.setAttribute("aria-busy", String(running !== null));
    TESTS.forEach((each, place) => {
      const { test } = each;
      const found = doubts.get(test);
      const is_told = ["done", "problem", "stopped", "alone"].includes(found.phase);
      buttons[place].setAttribute("aria-pressed", String(found.phase === "done"));
      const former = shown.get(test);
      if (former && former.found === found) return;
      if (!is_told) {
        former?.node.remove();
        shown.delete(test);
        return;
      }
      const node = resultOf(each, found);
      shown.set(test, { found, node });
      // The last to be found stands last: nothing that is being read moves.
      if (former) former.node.replaceWith(node);
      else results.append(node);
    });
  }

  const end = doubts.subscribe(update);
  update();
  return {
    destroy() {
      end();
      parent.replaceChildren();
    },
  };
}
