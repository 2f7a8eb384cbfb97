/** Puts the page of the HTTP interface together. */

import { createApi } from "../../api/api.js";
import { createAwaited } from "../../shared/awaited.js";
import { byId, element } from "../../shared/element.js";
import { asProblem } from "../../shared/problem.js";
import { createFrame } from "../../shared/frame.js";
import { createCopyButton } from "../../shared/copy_button.js";
import { commandBlock } from "./code_block.js";
import { createIndexView } from "./index_view.js";
import { readOperations } from "./openapi.js";
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

/** @typedef {{operations: Map<string, import("./openapi.js").Operation>,
 *   suggestions: import("./suggestions.js").Suggestions}} Interface */

/** @returns {Promise<Interface>} */
async function loadInterface() {
  const [openapi, suggestions] = await Promise.all([loadDocument(), loadSuggestions(createApi())]);
  const operations = readOperations(openapi);
  return { operations: new Map(operations.map((each) => [each.id, each])), suggestions };
}

/** @param {HTMLDetailsElement} view @param {Promise<Interface>} loading */
async function build(view, loading) {
  if (view.dataset.built !== undefined) return;
  view.dataset.built = "";
  const { operations, suggestions } = await loading;
  const operation = operations.get(view.id);
  if (operation) createOperationView(view, operation, suggestions);
  view.dataset.built = "whole";
}

/** @param {HTMLDetailsElement} view */
function goTo(view) {
  view.open = true;
  view.scrollIntoView();
  view.focus({ preventScroll: true });
}

/** @param {unknown} error */
function fail(error) {
  // A page that cannot start says so itself instead of standing there half made.
  const text = `The operations cannot be tried: ${asProblem(error).message}`;
  byId("operations-problem").replaceChildren(
    element("p", { class: "notice notice-problem", text, attributes: { role: "alert" } }),
  );
}

function start() {
  createAwaited();
  createFrame([
    { key: "/", meaning: "search the operations", act: () => byId("search").focus() },
  ]);
  showFirstCall();
  const views = /** @type {HTMLDetailsElement[]} */ ([
    ...document.querySelectorAll(".docs-operation"),
  ]);
  const loading = loadInterface();
  loading.catch(fail);
  for (const view of views) {
    const onToggle = () => {
      if (!view.open) return;
      // The address leads back to what was opened last.
      window.history.replaceState(null, "", `#${view.id}`);
      build(view, loading).catch(() => {}); // said once, above them all
    };
    view.addEventListener("toggle", onToggle);
    // Opened before the script was here, or by the browser for whoever comes back.
    if (view.open) build(view, loading).catch(() => {});
  }
  const index = createIndexView(byId("search-box"), views, goTo);
  function goToLinked() {
    const linked = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!linked) return;
    index.reveal(); // it may be one that the search hides
    if (linked instanceof HTMLDetailsElement) goTo(linked);
    else linked.scrollIntoView();
  }
  if (window.location.hash) goToLinked();
  window.addEventListener("hashchange", goToLinked);
}

start();
