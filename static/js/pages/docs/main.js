/** Puts the page of the HTTP interface together. */

import { createApi } from "../../api/api.js";
import { byId, element } from "../../shared/element.js";
import { asProblem } from "../../shared/problem.js";
import { createFrame } from "../../shared/frame.js";
import { createCopyButton } from "../../shared/copy_button.js";
import { commandBlock } from "./code_block.js";
import { createIndexView } from "./index_view.js";
import { groupByTag, readOperations } from "./openapi.js";
import { createOperationView } from "./operation.js";
import { createSuggestions } from "./suggestions.js";
import { loadDocument } from "./transport.js";

/** @param {import("../../api/api.js").Api} api */
async function loadSuggestions(api) {
  const [{ models, default_model }, { examples }] = await Promise.all([
    api.models(),
    api.examples(),
  ]);
  return createSuggestions(api, {
    default_model,
    models: models.map(({ id }) => id),
    images: examples.map(({ id }) => id),
  });
}

function showFirstCall() {
  const root = new URL("api/v1", document.baseURI).href;
  byId("base-address").textContent = root;
  const block = commandBlock(
    `curl ${root}/predictions -F file=@picture.jpg`,
    "The first call as a curl command",
  );
  const code = /** @type {HTMLElement} */ (block.firstElementChild);
  byId("first-call").append(block, createCopyButton(code, "the first call"));
}

/** @param {import("./suggestions.js").Suggestions} suggestions @param {any} openapi */
function showOperations(suggestions, openapi) {
  const operations = readOperations(openapi);
  /** @type {Map<string, HTMLElement>} */
  const sections = new Map();
  const groups = groupByTag(operations).map(({ tag, operations: members }) => {
    const group = element("div", { class: "docs-group" }, element("h2", { text: tag }));
    for (const operation of members) {
      sections.set(operation.id, createOperationView(group, operation, suggestions));
    }
    return group;
  });
  byId("operations").replaceChildren(...groups);
  return createIndexView(byId("index"), operations, sections);
}

/** @param {() => void} reveal */
function goToLinked(reveal) {
  const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (!target) return;
  reveal(); // it may be one that the search hides
  target.scrollIntoView();
  target.focus({ preventScroll: true });
}

async function start() {
  createFrame([
    { key: "/", meaning: "search the operations", act: () => byId("search").focus() },
  ]);
  showFirstCall();
  const [openapi, suggestions] = await Promise.all([loadDocument(), loadSuggestions(createApi())]);
  const index = showOperations(suggestions, openapi);
  // The browser looked for the linked operation before it was here.
  if (window.location.hash) goToLinked(index.reveal);
  window.addEventListener("hashchange", () => goToLinked(index.reveal));
}

start().catch((error) => {
  // A page that cannot start says so itself instead of standing there half made.
  const text = `The operations could not be shown: ${asProblem(error).message}`;
  byId("operations").replaceChildren(
    element("p", { class: "notice notice-problem", text, attributes: { role: "alert" } }),
  );
});
