/** The request behind the scores, to copy: as curl or as Python. */

import { button, element } from "../shared/element.js";
import { topFor } from "./analysis.js";
import { asCurl, asPython } from "./request_code.js";

const LANGUAGES = { curl: asCurl, Python: asPython };

/** @typedef {keyof typeof LANGUAGES} Language */

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createTakeAwayView(parent, { analysis, api, pictures, state }) {
  /** @type {Language} */
  let language = "curl";
  const code = element("code");
  const said = element("span", { class: "quiet", attributes: { role: "status" } });
  const copy = button("Copy", copyCode, { class: "button button-small" });
  const languages = /** @type {Language[]} */ (Object.keys(LANGUAGES));
  const choices = languages.map((name) =>
    element("input", {
      attributes: { type: "radio", name: "language", value: name },
      on: {
        change() {
          language = name;
          update();
        },
      },
    }),
  );
  choices[0].checked = true;
  const line = element(
    "div",
    { class: "toolbar" },
    said,
    copy,
    element(
      "div",
      { class: "switch", attributes: { role: "radiogroup", "aria-label": "Language" } },
      ...languages.map((name, place) =>
        element("label", {}, choices[place], element("span", { text: name })),
      ),
    ),
  );
  const block = element(
    "pre",
    { class: "code", attributes: { tabindex: 0, "aria-label": "The request" } },
    code,
  );
  parent.append(
    element("div", { class: "panel-head" }, element("h2", { text: "Take it away" }), line),
    block,
  );
  parent.hidden = true;

  async function copyCode() {
    try {
      await navigator.clipboard.writeText(code.textContent);
      said.textContent = "Copied";
    } catch {
      // The clipboard is closed to pages from plain http: mark the text for the person to copy.
      window.getSelection()?.selectAllChildren(code);
      said.textContent = "Marked: press Ctrl+C";
    }
  }

  function update() {
    const { model, image, phase } = analysis.get();
    const has_no_scores = model?.classes === 0;
    parent.hidden = model === null || image === null || phase === "problem" || has_no_scores;
    if (!model || image === null) return;
    const top = topFor(model, state.get().top);
    // An uploaded picture is soon forgotten: the request that lasts sends the file along.
    const file_name = pictures.fileName(image) ?? null;
    const url = file_name
      ? api.predictionsUrl(null, null, top)
      : api.predictionsUrl(model.id, image, top);
    const colours = state.get().picture_colours;
    const text = LANGUAGES[language]({ url, model_id: model.id, top, file_name, colours });
    if (text === code.textContent) return;
    code.textContent = text;
    said.textContent = "";
  }
  const ends = [analysis.subscribe(update), state.subscribe(update)];

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
