/** An operation's fields, the request they make, and its answer. */

import { button, element } from "../../shared/element.js";
import { codeBlock } from "./code_block.js";
import { createCodeView } from "./code_view.js";
import { createFieldView } from "./field.js";
import { prose } from "./prose.js";
import { createReplyView } from "./reply.js";
import { makeRequest, savedName } from "./request.js";
import { createSwitch } from "./switch.js";
import { sendRequest } from "./transport.js";

/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {import("./openapi.js").Success} Success */

/** @param {Success} success */
function exampleOf({ status, description, meaning, media_types, example }) {
  const kinds = media_types.length > 0 ? media_types.join(" or ") : "no body";
  return element(
    "div",
    { class: "docs-example" },
    element(
      "p",
      { class: "docs-reply-head" },
      element("span", { class: "docs-status is-good", text: status }),
      element("span", { class: "figure quiet", text: kinds }),
    ),
    ...prose(description),
    ...prose(meaning),
    example === null ? null : codeBlock(example, `Example of a ${status} answer`),
  );
}

// Further optional fields are folded where there are more than this.
const MOST_FIELDS = 6;

/** @param {import("./openapi.js").Field} field whether it stands before the fold */
const isUsual = ({ name, required, example, only_with }) =>
  required || example !== null || only_with !== null || name === "format";

/**
 * @param {HTMLElement} form
 * @param {Operation} operation
 * @param {import("./suggestions.js").Suggestions} suggestions
 */
function createFields(form, operation, suggestions) {
  const rare = operation.fields.filter((field) => !isUsual(field));
  const is_folded = operation.fields.length > MOST_FIELDS && rare.length > 1;
  const shown = is_folded ? operation.fields.filter(isUsual) : operation.fields;
  const context = { operation, suggestions };
  const views = shown.map((field) => createFieldView(form, field, context));
  if (!is_folded) return views;
  const more = element("div", { class: "docs-form" });
  form.append(
    element(
      "details",
      { class: "docs-more" },
      element("summary", { text: `${rare.length} more that may be sent` }),
      more,
    ),
  );
  return [...views, ...rare.map((field) => createFieldView(more, field, context))];
}

/**
 * @param {{ask: HTMLElement, answer: HTMLElement}} parents
 * @param {Operation} operation
 * @param {import("./suggestions.js").Suggestions} suggestions
 */
export function createTryItView({ ask, answer }, operation, suggestions) {
  const name = `${operation.method} ${operation.path}`;
  const send_button = element("button", {
    class: "button button-primary",
    text: "Send",
    attributes: { type: "submit", form: `${operation.id}.form`, "aria-label": `Send ${name}` },
  });
  const stop_button = button("Stop", stop, {
    attributes: { "aria-label": `Stop ${name}`, disabled: true },
  });
  const form = element("form", {
    class: "docs-form",
    attributes: { id: `${operation.id}.form`, "aria-label": `Request ${name}` },
    on: { input: update, change: update, submit: onSubmit },
  });
  const fields = createFields(form, operation, suggestions);
  if (fields.length === 0) form.append(element("p", { class: "quiet", text: "Takes nothing." }));
  ask.append(form);

  const code = createCodeView(operation);
  const example = element("div", {}, ...operation.successes.map(exampleOf));
  const reply_box = element("div", { class: "docs-reply", attributes: { hidden: true } });
  const reply = createReplyView(reply_box, { askAgain: (etag) => send(etag) });
  const nothing_yet = element("p", { class: "quiet", text: "Nothing sent yet." });
  reply_box.prepend(nothing_yet);
  const answer_switch = createSwitch({
    name: `${operation.id}.answer`,
    label: "Which answer",
    texts: ["Example", "Your answer"],
    onChange: showAnswer,
  });
  /** @param {number} place */
  function showAnswer(place) {
    answer_switch.show(place);
    example.hidden = place === 1;
    reply_box.hidden = place === 0;
  }
  answer.append(
    code.view,
    element(
      "div",
      { class: "panel-head docs-answer-head" },
      element("div", { class: "toolbar" }, send_button, stop_button),
      answer_switch.view,
    ),
    example,
    reply_box,
  );
  update();

  /** @type {AbortController | null} */
  let running = null;

  function values() {
    /** @type {import("./request.js").Values} */
    const given = new Map();
    for (const field of fields) {
      const value = field.read();
      if (value !== null) given.set(field.name, value);
    }
    return given;
  }

  function update() {
    for (const field of fields) field.update(fields);
    const given = values();
    const file_field = operation.fields.find(({ is_file }) => is_file);
    // The code is there to copy before a file is picked: it names one to replace.
    if (file_field && !given.has(file_field.name)) {
      given.set(file_field.name, new File([], "picture.jpg"));
    }
    code.update(given);
  }

  /** @param {SubmitEvent} event */
  function onSubmit(event) {
    event.preventDefault();
    void send(null);
  }

  function stop() {
    running?.abort();
  }

  /** @param {string | null} etag of an answer that is held already */
  async function send(etag) {
    stop();
    const controller = new AbortController();
    running = controller;
    nothing_yet.hidden = true;
    stop_button.disabled = false;
    showAnswer(1);
    const given = values();
    const request = makeRequest(operation, given);
    const format = given.get("format");
    const shown = await reply.show(sendRequest(request, { signal: controller.signal, etag }), {
      name: savedName(request.url, typeof format === "string" ? format : undefined),
      signal: controller.signal,
    });
    if (running !== controller) return;
    running = null;
    stop_button.disabled = true;
    const location = shown?.response.headers.get("Location");
    if (shown?.response.status === 201 && location?.includes("/images/")) {
      suggestions.addImage(JSON.parse(shown.text).id);
    }
  }
}
