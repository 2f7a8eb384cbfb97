/** An operation's fields, the request they make, and its answer. */

import { button, element } from "../../shared/element.js";
import { createCopyButton } from "../../shared/copy_button.js";
import { codeBlock, commandBlock } from "./code_block.js";
import { createFieldView } from "./field.js";
import { createReplyView } from "./reply.js";
import { asCurl, makeRequest, savedName } from "./request.js";
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
    description ? element("p", { class: "quiet", text: description }) : null,
    meaning ? element("p", { class: "quiet", text: meaning }) : null,
    example === null ? null : codeBlock(example, `Example of a ${status} answer`),
  );
}

/**
 * The switch between the documented answer and the real one.
 *
 * @param {Operation} operation
 * @param {(shows_reply: boolean) => void} onChange
 */
function createAnswerSwitch(operation, onChange) {
  const inputs = ["Example", "Your answer"].map((text, place) =>
    element("input", {
      attributes: { type: "radio", name: `${operation.id}.answer`, "aria-label": text },
      on: { change: () => onChange(place === 1) },
    }),
  );
  inputs[0].checked = true;
  const view = element(
    "div",
    { class: "switch", attributes: { role: "radiogroup", "aria-label": "Which answer" } },
    element("label", {}, inputs[0], element("span", { text: "Example" })),
    element("label", {}, inputs[1], element("span", { text: "Your answer" })),
  );
  return {
    view,
    showReply() {
      inputs[1].checked = true;
      onChange(true);
    },
  };
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
    attributes: { type: "submit", "aria-label": `Send ${name}` },
  });
  const stop_button = button("Stop", stop, {
    attributes: { "aria-label": `Stop ${name}`, disabled: true },
  });
  const form = element("form", {
    class: "docs-form",
    attributes: { "aria-label": `Request ${name}` },
    on: { input: showCurl, change: showCurl, submit: onSubmit },
  });
  const fields = operation.fields.map((field) =>
    createFieldView(form, field, { operation, suggestions }),
  );
  form.append(element("div", { class: "toolbar" }, send_button, stop_button));
  ask.append(form);

  const curl = commandBlock("", "The request as a curl command");
  const curl_code = /** @type {HTMLElement} */ (curl.firstElementChild);
  const example = element("div", {}, ...operation.successes.map(exampleOf));
  const reply_box = element("div", { class: "docs-reply", attributes: { hidden: true } });
  const reply = createReplyView(reply_box, { askAgain: (etag) => send(etag) });
  const nothing_yet = element("p", { class: "quiet", text: "Nothing sent yet." });
  reply_box.prepend(nothing_yet);
  const answer_switch = createAnswerSwitch(operation, (shows_reply) => {
    example.hidden = shows_reply;
    reply_box.hidden = !shows_reply;
  });
  answer.append(
    element(
      "div",
      { class: "panel-head" },
      element("h4", { text: "As curl" }),
      createCopyButton(curl_code, "the curl command"),
    ),
    curl,
    element(
      "div",
      { class: "panel-head docs-answer-head" },
      element("h4", { text: "Answer" }),
      answer_switch.view,
    ),
    example,
    reply_box,
  );
  showCurl();

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

  function showCurl() {
    const given = values();
    const file_field = operation.fields.find(({ is_file }) => is_file);
    // The command is there to copy before a file is picked: it names one to replace.
    if (file_field && !given.has(file_field.name)) {
      given.set(file_field.name, new File([], "picture.jpg"));
    }
    const text = asCurl(operation, given);
    if (text !== curl_code.textContent) curl_code.textContent = text;
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
    answer_switch.showReply();
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
