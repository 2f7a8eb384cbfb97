/** What puts one interaction of a chapter into the page of somebody's course. */

import { createCopyButton } from "../../shared/copy_button.js";
import { button, element } from "../../shared/element.js";

/** Room for the question above it, and for what grows while one works with it, in pixels. */
const MORE_HEIGHT = 160;

/** Each stage's button opens a card with the lines that show it, as it stands, in a frame. */
export function createEmbedding() {
  for (const opener of document.querySelectorAll("button[data-embed]")) {
    opener.addEventListener("click", () => open(/** @type {HTMLButtonElement} */ (opener)));
  }
}

/** @param {HTMLButtonElement} opener */
function open(opener) {
  const stage = /** @type {HTMLElement} */ (opener.closest("section"));
  const code = element("code", { text: frameOf(opener.dataset.embed ?? "", stage) });
  const dialog = element(
    "dialog",
    { class: "dialog embed-dialog", attributes: { "aria-labelledby": "embed-heading" } },
    element("h2", { text: "Put this into your own page", attributes: { id: "embed-heading" } }),
    element("p", { text: "It opens as it stands now, without the rest of the chapter." }),
    element(
      "pre",
      { class: "code", attributes: { tabindex: 0, role: "group", "aria-label": "The lines" } },
      code,
    ),
    createCopyButton(code, "the lines"),
    element(
      "p",
      { class: "learn-note" },
      "A browser shows it where this server allows your page’s origin: whoever runs it starts it with ",
      element("code", { text: "CONVSCOPE_FRAME_ANCESTORS=https://your.course" }),
      ".",
    ),
    element("div", { class: "embed-close" }, button("Close", () => dialog.close())),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {string} id of the stage
 * @param {HTMLElement} stage
 * @returns {string} the element that shows it
 */
function frameOf(id, stage) {
  const url = new URL(window.location.href);
  const kept = [...url.searchParams].filter(([name]) => !["embed", "guess"].includes(name));
  url.search = new URLSearchParams([["embed", id], ...kept]).toString();
  url.hash = "";
  const attributes = {
    src: url.href,
    title: document.getElementById("question")?.textContent ?? "",
    width: "100%",
    height: String(Math.ceil((stage.offsetHeight + MORE_HEIGHT) / 10) * 10),
    loading: "lazy",
  };
  const written = Object.entries(attributes).map(
    ([name, value]) => `${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`,
  );
  return `<iframe ${written.join(" ")}></iframe>`;
}
