/** Is this map to be trusted? Asked above the maps; what the tests said stands there, too. */

import { button, element, setText } from "../../shared/element.js";
import { TESTS } from "./doubt_tests.js";
import { inBrief, joint, shareOf } from "./doubt_words.js";

/**
 * @param {HTMLElement} parent
 * @param {import("./doubt_tests.js").WhyContext} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyTrust(parent, { doubts }) {
  parent.className = "why-trust";
  parent.setAttribute("aria-labelledby", "why-trust-title");
  const title = element("h3", { text: "Is this map to be trusted?", attributes: { id: "why-trust-title" } });
  const said = element("span", { class: "why-trust-joint", attributes: { role: "status" } });
  const progress = element("progress", { attributes: { max: 1, "aria-label": "Testing the map" } });
  const stop = button("Stop", doubts.stop, { class: "button button-small" });
  const place = element("div", { class: "why-trust-said" }, said, progress, stop);
  const start = button("Test it", () => doubts.run(doubts.left()), {
    class: "button button-small",
    title: "Run the tests that have not been run, one after the other",
  });
  const verdicts = TESTS.map(({ test, name, title: question }) => {
    const words = element("span", { class: "why-trust-words" });
    const node = element(
      "a",
      {
        class: "why-trust-link",
        attributes: { href: `#why-test-${test}`, title: `${question} To the test.` },
        on: { click: (event) => jump(event, test) },
      },
      element("span", { class: "why-trust-name", text: name }),
      words,
    );
    return { test, node, words };
  });
  parent.append(
    element("div", { class: "why-trust-line" }, title, place, start),
    element("ul", { class: "why-trust-list" }, ...verdicts.map(({ node }) => element("li", {}, node))),
  );

  /** The address is the selection's: it takes no part of the page. @param {Event} event @param {string} test */
  function jump(event, test) {
    event.preventDefault();
    const result = document.getElementById(`why-test-${test}`);
    const start_of_it = document.getElementById(`why-run-${test}`);
    (result ?? start_of_it?.closest("section"))?.scrollIntoView({ block: "start" });
    (result ?? start_of_it)?.focus({ preventScroll: true });
  }

  function update() {
    const running = doubts.running();
    // Away with one that has the focus would be away with the focus.
    if (running === null && document.activeElement === stop) start.focus();
    setText(said, running ? `${running.name}: ${shareOf(running)}` : joint(doubts));
    progress.hidden = stop.hidden = running === null;
    progress.classList.toggle("is-invisible", !running?.total);
    if (running?.total) progress.value = running.done / running.total;
    start.setAttribute("aria-disabled", String(running !== null || doubts.left().length === 0));
    for (const { test, node, words } of verdicts) {
      const found = doubts.get(test);
      const brief = inBrief(found);
      setText(words, brief.mark ? `${brief.mark} ${brief.words}` : brief.words);
      node.dataset.outcome = found.phase === "done" ? found.finding.outcome : "";
    }
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
