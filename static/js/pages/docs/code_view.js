/** The request as a command and as a program: one of them, the same in all operations. */

import { createCopyButton } from "../../shared/copy_button.js";
import { element } from "../../shared/element.js";
import { createStore } from "../../shared/store.js";
import { codeBlock, commandBlock } from "./code_block.js";
import { asPython } from "./python.js";
import { asCurl } from "./request.js";
import { createSwitch } from "./switch.js";

const LANGUAGES = ["curl", "Python"];
const chosen = createStore(0);

/** @param {import("./openapi.js").Operation} operation */
export function createCodeView(operation) {
  const blocks = [
    commandBlock("", "The request as a curl command"),
    codeBlock("", "The request as a Python program"),
  ];
  const codes = blocks.map((block) => /** @type {HTMLElement} */ (block.firstElementChild));
  const copies = codes.map((code, place) => createCopyButton(code, `the ${LANGUAGES[place]} code`));
  const note = element("p", { class: "quiet", text: "Needs httpx: pip install httpx" });
  const choice = createSwitch({
    name: `${operation.id}.code`,
    label: "Which code",
    texts: LANGUAGES,
    onChange: chosen.set,
  });
  const view = element(
    "div",
    { class: "docs-request" },
    element(
      "div",
      { class: "panel-head" },
      element("h4", { text: "Request" }),
      element("div", { class: "toolbar" }, ...copies, choice.view),
    ),
    ...blocks,
    note,
  );
  /** @param {number} place */
  function show(place) {
    choice.show(place);
    [blocks, copies].forEach((all) =>
      all.forEach((each, own) => {
        each.hidden = own !== place;
      }),
    );
    note.hidden = place === 0;
  }
  chosen.subscribe(show);
  show(chosen.get());

  return {
    view,
    /** @param {import("./request.js").Values} values */
    update(values) {
      [asCurl(operation, values), asPython(operation, values)].forEach((text, place) => {
        if (codes[place].textContent !== text) codes[place].textContent = text;
      });
    },
  };
}
